package org.xlstm4j.distill.judge;

import java.util.List;
import java.util.TreeMap;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.TaskResult;

/** The scores of an {@link EvaluationReport}. */
final class ReportScores {

    private ReportScores() {
    }

    static ModelScores of(EvaluationReport report) {
        var tasks = new TreeMap<String, Score>();
        report.tasks().forEach(task -> tasks.put(task.score().task(), score(task)));
        var settings = new TreeMap<String, String>();
        settings.put("split", report.options().split().toString());
        settings.put("new tokens at most", Integer.toString(report.options().maxNewTokens()));
        return new ModelScores(report.model(), tasks, settings, List.of());
    }

    private static Score score(TaskResult task) {
        var items = new TreeMap<String, Double>();
        for (var item : task.items()) {
            items.put(String.join("\n", Integer.toString(item.index()), item.prompt(), item.expected()),
                    item.correct() ? 1.0 : 0.0);
        }
        return new Score("exact match", task.score().exactMatch(), task.score().standardError(), items, true, "");
    }
}
