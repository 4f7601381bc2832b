package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.xlstm4j.cli.AblationPlan.Arm;
import org.xlstm4j.cli.AblationResult.Outcome;

/** An ablation's report folder: report.md with the tables, a chart of each loss, and all figures and settings. */
final class AblationReport {

    private AblationReport() {
    }

    /** Writes the whole folder. */
    static void write(AblationResult result, Path folder) throws IOException {
        var names = result.plan().arms().stream().map(Arm::name).toList();
        SpreadChart.write("Held-out cross-entropy (teacher " + Table.number(result.teacher().crossEntropy(), 4) + ")",
                "nats a token", names, spreads(result, Outcome::crossEntropy), folder.resolve("cross-entropy.png"));
        SpreadChart.write("Held-out KL from the teacher", "nats a token", names, spreads(result, Outcome::kl),
                folder.resolve("kl.png"));
        Outputs.writeJson(folder.resolve("settings.json"), facts(result));
        Outputs.write(folder.resolve("report.md"), markdown(result).getBytes(StandardCharsets.UTF_8));
    }

    private static List<Spread> spreads(AblationResult result,
                                        ToDoubleFunction<Outcome> figure) {
        return result.plan().arms().stream().map(arm -> result.spread(arm, figure)).toList();
    }

    /** The students' figures, means over the seeds. */
    static Table table(AblationResult result) {
        boolean scored = result.plan().settings().items() > 0;
        var header = new ArrayList<>(List.of("student", "steps I", "steps II", "CE", "KL"));
        if (scored) {
            header.add("exact match");
        }
        header.add("seconds");
        var table = new Table(header);
        var teacher = new ArrayList<>(List.of("teacher", "", "", Table.number(result.teacher().crossEntropy(), 4),
                Table.number(result.teacher().kl(), 4)));
        if (scored) {
            teacher.add(Table.number(result.teacher().exactMatch(), 3));
        }
        teacher.add("");
        table.row(teacher);
        for (var arm : result.plan().arms()) {
            var row = new ArrayList<>(List.of(arm.name(), Integer.toString(arm.alignSteps()),
                    Integer.toString(arm.distillSteps()), result.spread(arm, Outcome::crossEntropy).text(4),
                    result.spread(arm, Outcome::kl).text(4)));
            if (scored) {
                row.add(result.spread(arm, Outcome::exactMatch).text(3));
            }
            row.add(Table.number(result.spread(arm, Outcome::seconds).mean(), 1));
            table.row(row);
        }
        return table;
    }

    /** How the losses change from one student to another, of the same seed. */
    static Table changes(AblationResult result) {
        var table = Table.of("change", "CE", "lower in", "KL", "lower in");
        int seeds = result.plan().settings().seeds().size();
        for (var pair : result.plan().comparisons()) {
            table.row(pair.from().name() + " -> " + pair.to().name(),
                    result.change(pair, Outcome::crossEntropy).text(4),
                    result.lower(pair, Outcome::crossEntropy) + " of " + seeds,
                    result.change(pair, Outcome::kl).text(4), result.lower(pair, Outcome::kl) + " of " + seeds);
        }
        return table;
    }

    private static Map<String, Object> facts(AblationResult result) {
        var facts = new LinkedHashMap<String, Object>();
        facts.put("settings", result.plan().settings());
        facts.put("students", result.plan().arms());
        facts.put("teacher", result.teacher());
        facts.put("outcomes", result.outcomes());
        facts.put("beyondWindow", result.beyondWindow());
        facts.put("seconds", result.seconds());
        facts.put("peakBytes", result.peakBytes());
        facts.put("java", System.getProperty("java.version"));
        facts.put("processors", Runtime.getRuntime().availableProcessors());
        return facts;
    }

    private static String markdown(AblationResult result) {
        var settings = result.plan().settings();
        var text = new StringBuilder("# " + result.plan().title() + "\n\n");
        text.append(String.format(Locale.ROOT, """
                Means and standard deviations over %d seeds (%s), which choose the training text and its order. Every
                student is trained on %d steps of %d rows of %d tokens. CE and KL (teacher to student, whole
                vocabulary) are in nats a token, on the last %d documents of every domain, which nothing is trained on.
                Of the predictions there, %.0f%% have text behind a window of %d tokens. Seconds are those of training,
                beside other students.

                """, settings.seeds().size(),
                String.join(", ", settings.seeds().stream().map(String::valueOf).toList()),
                settings.steps(), settings.batch(), settings.time(), settings.heldOut(), 100 * result.beyondWindow(),
                settings.window()));
        fenced(text, table(result));
        text.append("\n## Seed by seed\n\n");
        fenced(text, changes(result));
        text.append("\n![cross-entropy](cross-entropy.png)\n\n![KL](kl.png)\n");
        text.append(String.format(Locale.ROOT, "%n%.0f s, %.2f GB on %d cores. All settings and figures:"
                        + " [settings.json](settings.json).%n", result.seconds(), result.peakBytes() / 1e9,
                Runtime.getRuntime().availableProcessors()));
        return text.toString();
    }

    private static void fenced(StringBuilder text, Table table) {
        text.append("```\n");
        table.lines().forEach(line -> text.append(line).append('\n'));
        text.append("```\n");
    }
}
