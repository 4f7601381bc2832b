package org.xlstm4j.cli;

import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.Evaluator;
import org.xlstm4j.distill.evaluate.TaskSet;
import org.xlstm4j.merge.Coefficients;

/**
 * What tuning makes as high as can be: the mean recovery against a teacher, or without one the mean exact match.
 *
 * <p>Exact match moves in steps of whole items, so many candidates tie; the likelihood of the right answers decides
 * between them, with a weight too small to outdo an item.
 */
final class TuningObjective {
    private static final double NLL_WEIGHT = 1e-5;
    private static final String NAME = "merge";

    private final MergedModel merged;
    private final Evaluator evaluator;
    private final TaskSet items;
    private final EvaluationOptions options;
    private final Scores teacher;

    /** @param teacher the teacher's scores, or null for none */
    TuningObjective(MergedModel merged, Encoding encoding, TaskSet items, EvaluationOptions options, Scores teacher) {
        this.merged = merged;
        this.evaluator = Evaluator.of(merged.model(), encoding);
        this.items = items;
        this.options = options;
        this.teacher = teacher;
    }

    /** The score of the merge with these coefficients, higher is better. */
    double score(Coefficients coefficients) {
        merged.take(coefficients);
        var report = evaluator.evaluate(NAME, items, options);
        double exactness = teacher == null ? report.meanScore()
                : teacher.against(Scores.of(report)).meanRecovery();
        return exactness - NLL_WEIGHT * meanNll(report);
    }

    private static double meanNll(EvaluationReport report) {
        return report.tasks().stream().mapToDouble(task -> task.score().value("nll"))
                .filter(nll -> !Double.isNaN(nll)).average().orElse(0);
    }
}
