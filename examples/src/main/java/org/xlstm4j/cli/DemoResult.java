package org.xlstm4j.cli;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.distill.judge.WinAndTie;
import org.xlstm4j.merge.tune.TuningResult;

/**
 * What the demo found.
 *
 * @param settings    all its settings
 * @param teacher     the teacher on all items
 * @param published   the teacher's scores as transformers had them
 * @param alignment   stage I
 * @param distillation stage II's loss by step, a domain each
 * @param tuning      every candidate of the merge
 * @param students    the experts and the two merges on the held-out items, the uniform and the tuned merge last
 * @param gates       the tuned merge's mean share of the mLSTM, [layer][head]
 * @param seconds     time a stage
 * @param peakBytes   most memory the process held
 */
record DemoResult(DemoSettings settings, EvaluationReport teacher, SortedMap<String, Double> published,
                  Aligned alignment, Map<String, List<Double>> distillation, TuningResult tuning,
                  List<EvaluationReport> students, double[][] gates, Map<String, Double> seconds, long peakBytes) {
    static final String UNIFORM = "uniform merge";
    static final String TUNED = "tuned merge";
    private static final double TEACHER_TOLERANCE = 0.02;
    /** 0.14 − 0.12 is a little more than 0.02 in binary. */
    private static final double ROUNDING = 1e-9;

    /**
     * Stage I's outcome.
     *
     * @param before relative hidden-state error a layer on held-out text, at the start
     * @param after  the same after the last step
     * @param losses by step, a layer each
     */
    record Aligned(List<Double> before, List<Double> after, List<List<Double>> losses) {
    }

    /**
     * Something the demo must show.
     *
     * @param text what
     * @param kept whether it did
     */
    record Promise(String text, boolean kept) {
    }

    /** A student's held-out scores against the teacher's on the same items. */
    WinAndTie against(EvaluationReport student) {
        return WinAndTie.of(teacher.only(Split.HELD_OUT), student);
    }

    /** The report of the given name among {@link #students}. */
    EvaluationReport student(String name) {
        return students.stream().filter(report -> report.model().equals(name)).findFirst().orElseThrow();
    }

    /** What the demo must show, and whether it did. */
    List<Promise> promises() {
        var tuned = against(student(TUNED));
        return List.of(
                new Promise(String.format("teacher within %.2f of its published scores on every task",
                        TEACHER_TOLERANCE), worstTeacherGap() <= TEACHER_TOLERANCE + ROUNDING),
                new Promise("hidden-state error less than halved in every layer", worstErrorRatio() < 0.5),
                new Promise("tuned merge: alpha* at most 0.05", tuned.criticalAlpha() <= 0.05),
                new Promise("tuned merge: mean recovery at least 0.95", tuned.meanRecovery() >= 0.95),
                new Promise("tuned merge no worse than the uniform one on the tuning part",
                        tuning.best().score() >= tuning.uniform().score()));
    }

    private double worstTeacherGap() {
        var measured = teacher.scores();
        return published.entrySet().stream()
                .mapToDouble(entry -> Math.abs(entry.getValue() - measured.get(entry.getKey()))).max().orElseThrow();
    }

    private double worstErrorRatio() {
        double worst = 0;
        for (int layer = 0; layer < alignment.before().size(); layer++) {
            worst = Math.max(worst, alignment.after().get(layer) / alignment.before().get(layer));
        }
        return worst;
    }
}
