package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.distill.judge.Judge;
import org.xlstm4j.distill.judge.JudgeOptions;
import org.xlstm4j.distill.judge.ModelScores;
import org.xlstm4j.distill.judge.WinAndTie;
import org.xlstm4j.distill.report.GateMap;
import org.xlstm4j.distill.report.JudgementReport;

/** The demo's report folder: report.md with the table, report.html, charts, every evaluation and all settings. */
final class DemoReport {
    private static final String TITLE = "From a Llama teacher to a merge of hybrid xLSTM experts";

    private DemoReport() {
    }

    /** Writes the whole folder. */
    static void write(DemoResult result, Path folder) throws IOException {
        Files.createDirectories(folder.resolve("evaluations"));
        result.teacher().write(folder.resolve("evaluations/teacher.json"));
        var comparisons = new LinkedHashMap<String, WinAndTie>();
        for (var student : result.students()) {
            student.write(folder.resolve("evaluations/" + student.model().replace(' ', '-') + ".json"));
            comparisons.put(student.model(), result.against(student));
        }
        WinAndTieChart.write(comparisons, folder.resolve("win-and-tie.png"));
        LossChart.write("Stage I: squared error by layer", layers(result.alignment().losses()),
                folder.resolve("alignment.png"));
        LossChart.write("Stage II: loss by expert", result.distillation(), folder.resolve("distillation.png"));
        GateChart.write(result.gates(), folder.resolve("gates.png"));
        Outputs.writeJson(folder.resolve("settings.json"), facts(result));
        Outputs.write(folder.resolve("report.md"), markdown(result).getBytes(StandardCharsets.UTF_8));
        Outputs.write(folder.resolve("report.html"), page(result).getBytes(StandardCharsets.UTF_8));
    }

    /** All students against the teacher on the held-out items, with the tuned merge's gates. */
    private static String page(DemoResult result) {
        var judgement = Judge.judge(ModelScores.of(result.teacher().only(Split.HELD_OUT)),
                result.students().stream().map(ModelScores::of).toList(), JudgeOptions.defaults());
        return JudgementReport.of(TITLE, judgement).withGates(List.of(GateMap.of(DemoResult.TUNED, result.gates())))
                .html();
    }

    /** Held-out scores: the teacher's, the experts' and the merges', with recovery for the tuned merge. */
    static Table table(DemoResult result) {
        var header = new ArrayList<>(List.of("task", "teacher"));
        result.students().forEach(student -> header.add(student.model()));
        header.add("recovery");
        var table = new Table(header);
        var teacher = result.teacher().only(Split.HELD_OUT).scores();
        var tuned = result.against(result.student(DemoResult.TUNED));
        for (var task : tuned.tasks()) {
            var row = new ArrayList<>(List.of(task.task(), Table.number(teacher.get(task.task()), 3)));
            result.students().forEach(student -> row.add(Table.number(student.scores().get(task.task()), 3)));
            row.add(Table.number(task.recovery(), 3));
            table.row(row);
        }
        summary(result, table, "C_0", comparison -> comparison.rate(0));
        summary(result, table, "alpha*", WinAndTie::criticalAlpha);
        summary(result, table, "mean recovery", WinAndTie::meanRecovery);
        return table;
    }

    private static void summary(DemoResult result, Table table, String name,
                                ToDoubleFunction<WinAndTie> figure) {
        var row = new ArrayList<>(List.of(name, ""));
        result.students().forEach(
                student -> row.add(Table.number(figure.applyAsDouble(result.against(student)), 3)));
        row.add("");
        table.row(row);
    }

    private static Map<String, List<Double>> layers(List<List<Double>> bySteps) {
        var layers = new LinkedHashMap<String, List<Double>>();
        for (int layer = 0; layer < bySteps.get(0).size(); layer++) {
            int index = layer;
            layers.put("layer " + layer, bySteps.stream().map(losses -> losses.get(index)).toList());
        }
        return layers;
    }

    private static Map<String, Object> facts(DemoResult result) {
        var facts = new LinkedHashMap<String, Object>();
        facts.put("settings", result.settings());
        facts.put("alignmentErrorBefore", result.alignment().before());
        facts.put("alignmentErrorAfter", result.alignment().after());
        facts.put("coefficients", result.tuning().best().coefficients().values());
        facts.put("tuningScore", result.tuning().best().score());
        facts.put("uniformTuningScore", result.tuning().uniform().score());
        facts.put("candidates", result.tuning().evaluations().stream()
                .map(done -> Map.of("coefficients", done.coefficients().values(), "score", done.score())).toList());
        facts.put("gates", result.gates());
        facts.put("seconds", result.seconds());
        facts.put("peakBytes", result.peakBytes());
        facts.put("java", System.getProperty("java.version"));
        facts.put("processors", Runtime.getRuntime().availableProcessors());
        return facts;
    }

    private static String markdown(DemoResult result) {
        var text = new StringBuilder("# " + TITLE + "\n\n");
        text.append("Exact match on held-out prompts; recovery is the tuned merge's share of the teacher's score.\n\n");
        fenced(text, table(result));
        text.append("\n## Promises\n\n");
        result.promises().forEach(promise -> text.append("- ").append(promise.kept() ? "kept: " : "MISSED: ")
                .append(promise.text()).append('\n'));
        text.append("\n## Win-and-Tie rate\n\n![C_alpha](win-and-tie.png)\n");
        text.append("\n## Stage I, relative error of the hidden states\n\n");
        fenced(text, alignment(result));
        text.append("\n![losses](alignment.png)\n\n## Stage II\n\n![losses](distillation.png)\n");
        text.append("\n## Merging\n\n");
        fenced(text, candidates(result));
        text.append("\n## Share of the mLSTM by layer and head, in the tuned merge\n\n![gates](gates.png)\n\n");
        fenced(text, gates(result.gates()));
        text.append("\n## Time and memory\n\n");
        fenced(text, times(result));
        return text.append("\nAll settings and figures: [settings.json](settings.json).\n").toString();
    }

    private static void fenced(StringBuilder text, Table table) {
        text.append("```\n");
        table.lines().forEach(line -> text.append(line).append('\n'));
        text.append("```\n");
    }

    private static Table alignment(DemoResult result) {
        var table = Table.of("layer", "before", "after", "ratio");
        var before = result.alignment().before();
        var after = result.alignment().after();
        for (int layer = 0; layer < before.size(); layer++) {
            table.row(Integer.toString(layer), Table.number(before.get(layer), 4), Table.number(after.get(layer), 4),
                    Table.number(after.get(layer) / before.get(layer), 3));
        }
        return table;
    }

    private static Table candidates(DemoResult result) {
        var header = new ArrayList<>(List.of("candidate"));
        header.addAll(DemoSettings.DOMAINS);
        header.add("score on the tuning part");
        var table = new Table(header);
        for (var done : result.tuning().evaluations()) {
            var row = new ArrayList<>(List.of(Integer.toString(done.index())));
            done.coefficients().values().forEach(value -> row.add(Table.number(value, 3)));
            row.add(Table.number(done.score(), 4) + (done.equals(result.tuning().best()) ? " *" : "  "));
            table.row(row);
        }
        return table;
    }

    private static Table gates(double[][] gates) {
        var header = new ArrayList<>(List.of("layer"));
        for (int head = 0; head < gates[0].length; head++) {
            header.add("head " + head);
        }
        var table = new Table(header);
        for (int layer = 0; layer < gates.length; layer++) {
            var row = new ArrayList<>(List.of(Integer.toString(layer)));
            for (double gate : gates[layer]) {
                row.add(Table.number(gate, 3));
            }
            table.row(row);
        }
        return table;
    }

    private static Table times(DemoResult result) {
        var table = Table.of("stage", "seconds");
        result.seconds().forEach((stage, seconds) -> table.row(stage, Table.number(seconds, 1)));
        return table.row("peak memory", String.format(Locale.ROOT, "%.2f GB", result.peakBytes() / 1e9));
    }
}
