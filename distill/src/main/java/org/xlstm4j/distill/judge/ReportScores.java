package org.xlstm4j.distill.judge;

import java.util.List;
import java.util.TreeMap;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.TaskKind;
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
        settings.put("window of texts", Integer.toString(report.options().window()));
        return new ModelScores(report.model(), tasks, settings, List.of(), report.needles());
    }

    private static Score score(TaskResult task) {
        var items = new TreeMap<String, Score.Item>();
        for (var item : task.items()) {
            var primary = item.primary();
            items.put(item.index() + "\n" + item.asked(), new Score.Item(primary.sum(), primary.weight()));
        }
        var score = task.score();
        var measure = score.measures().get(score.primary());
        return new Score(score.primary(), measure.value(), measure.standardError(), items,
                score.kind() != TaskKind.PERPLEXITY, "");
    }
}
