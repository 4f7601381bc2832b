package org.xlstm4j.spark;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.distill.evaluate.EvaluationOptions;

/**
 * An evaluation. Model and tasks lie at paths that all machines see.
 *
 * @param model    the model's folder, whose name the report gives
 * @param imported differences from its config.json that its tensors may have
 * @param tasks    files of task items
 * @param options  what is evaluated, and how
 * @param parts    into how many parts the items are cut, at most
 */
public record EvaluationJob(Path model, ImportOptions imported, List<Path> tasks, EvaluationOptions options,
                            int parts) {
    public EvaluationJob {
        model = model.toAbsolutePath().normalize();
        Objects.requireNonNull(imported, "imported");
        tasks = tasks.stream().map(path -> path.toAbsolutePath().normalize()).toList();
        Objects.requireNonNull(options, "options");
        SparkDistillation.requireParts(parts);
    }
}
