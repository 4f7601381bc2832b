package org.xlstm4j.spark;

import java.nio.file.Path;
import java.util.Objects;
import org.xlstm4j.distill.targets.CaptureOptions;

/**
 * A capture. Teacher, text and store lie at paths that all machines see.
 *
 * @param teacher the teacher's folder
 * @param text    what it is asked of: one pass over it
 * @param options what is stored
 * @param out     the target store, a file to create; shards lie beside it
 * @param parts   into how many shards the rows are cut, at most
 */
public record CaptureJob(Path teacher, TrainingText text, CaptureOptions options, Path out, int parts) {
    public CaptureJob {
        teacher = teacher.toAbsolutePath().normalize();
        out = out.toAbsolutePath().normalize();
        text = text.withReading(text.reading().withEndless(false));
        Objects.requireNonNull(options, "options");
        SparkDistillation.requireParts(parts);
    }
}
