package org.xlstm4j.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.NeedleCell;
import org.xlstm4j.distill.evaluate.TaskKind;
import org.xlstm4j.distill.evaluate.TaskScore;

/** A report for the eye: a table for each kind of task that it has. */
final class EvaluationTables {
    private static final Map<String, String> ANSWERS = Map.of("nll", "nll/token");
    private static final Map<String, String> TEXTS = columns("bits_per_byte", "bits/byte", "word_perplexity",
            "word ppl", "token_perplexity", "token ppl");
    private static final Map<String, String> COMPARED = columns("teacher_agreement", "agreement", "teacher_kl", "KL",
            "teacher_byte_perplexity", "teacher's byte ppl");

    private EvaluationTables() {
    }

    private static Map<String, String> columns(String... namesAndTitles) {
        var columns = new LinkedHashMap<String, String>();
        for (int i = 0; i < namesAndTitles.length; i += 2) {
            columns.put(namesAndTitles[i], namesAndTitles[i + 1]);
        }
        return columns;
    }

    static List<Table> of(EvaluationReport report) {
        var tables = new ArrayList<Table>();
        add(tables, report, TaskKind.EXACT_MATCH, "exact match", 3, ANSWERS);
        choices(tables, report);
        boolean compared = scores(report, TaskKind.PERPLEXITY).stream()
                .anyMatch(score -> !Double.isNaN(score.value("teacher_kl")));
        add(tables, report, TaskKind.PERPLEXITY, "byte ppl", 4, TEXTS);
        if (compared) {
            add(tables, report, TaskKind.PERPLEXITY, "byte ppl", 4, COMPARED);
        }
        if (!report.needles().isEmpty()) {
            tables.add(needles(report.needles()));
        }
        return tables;
    }

    private static List<TaskScore> scores(EvaluationReport report, TaskKind kind) {
        return report.tasks().stream().map(task -> task.score()).filter(score -> score.kind() == kind).toList();
    }

    private static void choices(List<Table> tables, EvaluationReport report) {
        var scores = scores(report, TaskKind.MULTIPLE_CHOICE);
        if (!scores.isEmpty()) {
            var others = new LinkedHashMap<String, String>();
            scores.get(0).measures().keySet().stream().skip(1).forEach(name -> others.put(name, name));
            add(tables, report, TaskKind.MULTIPLE_CHOICE, scores.get(0).primary(), 3, others);
        }
    }

    /** The primary measure with its error, and others beside it; below the tasks their means. */
    private static void add(List<Table> tables, EvaluationReport report, TaskKind kind, String primary, int decimals,
                            Map<String, String> others) {
        var scores = scores(report, kind);
        if (scores.isEmpty()) {
            return;
        }
        var header = new ArrayList<>(List.of("task", "items", primary, "+/-"));
        header.addAll(others.values());
        var table = new Table(header);
        for (var score : scores) {
            var measure = score.measures().get(score.primary());
            var row = new ArrayList<>(List.of(score.task(), Integer.toString(score.items()),
                    Table.number(measure.value(), decimals), Table.number(measure.standardError(), decimals)));
            others.keySet().forEach(name -> row.add(Table.number(score.value(name), 4)));
            table.row(row);
        }
        int items = scores.stream().mapToInt(TaskScore::items).sum();
        var means = new ArrayList<>(List.of("mean", Integer.toString(items),
                Table.number(mean(scores, scores.get(0).primary()), decimals), ""));
        others.keySet().forEach(name -> means.add(Table.number(mean(scores, name), 4)));
        tables.add(table.row(means));
    }

    private static double mean(List<TaskScore> scores, String measure) {
        return scores.stream().mapToDouble(score -> score.value(measure)).average().orElse(Double.NaN);
    }

    private static Table needles(List<NeedleCell> cells) {
        var depths = new TreeSet<Double>();
        var byLength = new LinkedHashMap<Integer, Map<Double, NeedleCell>>();
        for (var cell : cells) {
            depths.add(cell.depth());
            byLength.computeIfAbsent(cell.length(), length -> new LinkedHashMap<>()).put(cell.depth(), cell);
        }
        var header = new ArrayList<>(List.of("needle at depth"));
        depths.forEach(depth -> header.add(Table.number(depth, 2)));
        var table = new Table(header);
        byLength.forEach((length, ofLength) -> {
            var row = new ArrayList<>(List.of(length + " tokens"));
            depths.forEach(depth -> row.add(ofLength.containsKey(depth)
                    ? Table.number(ofLength.get(depth).accuracy().value(), 3) : "-"));
            table.row(row);
        });
        return table;
    }
}
