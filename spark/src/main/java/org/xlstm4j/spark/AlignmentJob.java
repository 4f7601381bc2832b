package org.xlstm4j.spark;

import java.nio.file.Path;
import java.util.Objects;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.distill.align.AlignmentOptions;

/**
 * Stage I. Teacher, student, text and result lie at paths that all machines see.
 *
 * @param teacher  the teacher's folder
 * @param imported differences from its config.json that the teacher's tensors may have
 * @param student  the folder of a student converted from it
 * @param text     what to train on
 * @param options  the settings of stage I
 * @param saveEvery steps between the checkpoints from which a part whose machine was lost is gone on with
 * @param out      the aligned student's folder, to create; what parts leave lies beside it
 * @param parts    into how many parts the layers are cut, at most
 */
public record AlignmentJob(Path teacher, ImportOptions imported, Path student, TrainingText text,
                           AlignmentOptions options, int saveEvery, Path out, int parts) {
    public AlignmentJob {
        teacher = teacher.toAbsolutePath().normalize();
        student = student.toAbsolutePath().normalize();
        out = out.toAbsolutePath().normalize();
        Objects.requireNonNull(imported, "imported");
        Objects.requireNonNull(text, "text");
        PartJson.requireTravels(options.optimizer().schedule());
        SparkDistillation.requireSteps(saveEvery);
        SparkDistillation.requireParts(parts);
    }
}
