package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.xlstm4j.distill.judge.WinAndTie;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code compare}: the Win-and-Tie rate of students against their teacher. */
@Command(name = "compare", description = "Judge students against their teacher: recovery, C_alpha, alpha*.")
final class CompareCommand implements Callable<Integer> {
    private static final int CURVE_STEPS = 200;

    @Spec
    private CommandSpec spec;

    @Option(names = "--teacher", required = true, paramLabel = "JSON",
            description = "The teacher's report from evaluate --json, or plain scores {\"task\": score, ...}.")
    private Path teacher;

    @Option(names = "--student", required = true, arity = "1..*", paramLabel = "JSON",
            description = "The students' reports or scores.")
    private List<Path> students;

    @Option(names = "--chart", paramLabel = "PNG", description = "Draw the curves of C_alpha there.")
    private Path chart;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the comparison there.")
    private Path json;

    @Override
    public Integer call() throws IOException {
        var teacherScores = Scores.read(teacher);
        var comparisons = new LinkedHashMap<String, WinAndTie>();
        for (var file : students) {
            var student = Scores.read(file);
            comparisons.put(uniqueName(student.name(), comparisons), teacherScores.against(student));
        }
        var console = Console.of(spec);
        console.print(taskTable(comparisons));
        console.line("");
        console.print(summaryTable(comparisons));
        if (chart != null) {
            WinAndTieChart.write(comparisons, chart);
        }
        if (json != null) {
            Outputs.writeJson(json, json(comparisons));
        }
        return 0;
    }

    private static String uniqueName(String name, Map<String, WinAndTie> taken) {
        var unique = name;
        for (int i = 2; taken.containsKey(unique); i++) {
            unique = name + "-" + i;
        }
        return unique;
    }

    private static Table taskTable(Map<String, WinAndTie> comparisons) {
        var header = new ArrayList<>(List.of("task", "teacher"));
        comparisons.keySet().forEach(name -> header.addAll(List.of(name, "recovery")));
        var table = new Table(header);
        var first = comparisons.values().iterator().next();
        for (int task = 0; task < first.tasks().size(); task++) {
            var row = new ArrayList<String>();
            row.add(first.tasks().get(task).task());
            row.add(Table.number(first.tasks().get(task).teacher(), 3));
            for (var comparison : comparisons.values()) {
                row.add(Table.number(comparison.tasks().get(task).student(), 3));
                row.add(Table.number(comparison.tasks().get(task).recovery(), 3));
            }
            table.row(row);
        }
        return table;
    }

    private static Table summaryTable(Map<String, WinAndTie> comparisons) {
        var table = Table.of("student", "C_0", "alpha*", "mean recovery", "lossless");
        comparisons.forEach((name, comparison) -> table.row(name, Table.number(comparison.rate(0), 3),
                Table.number(comparison.criticalAlpha(), 4), Table.number(comparison.meanRecovery(), 4),
                comparison.lossless() ? "yes" : "no"));
        return table;
    }

    private static Map<String, Object> json(Map<String, WinAndTie> comparisons) {
        var students = new LinkedHashMap<String, Object>();
        comparisons.forEach((name, comparison) -> {
            var facts = new LinkedHashMap<String, Object>();
            facts.put("rateAtZero", comparison.rate(0));
            facts.put("criticalAlpha", comparison.criticalAlpha());
            facts.put("meanRecovery", comparison.meanRecovery());
            facts.put("lossless", comparison.lossless());
            facts.put("tasks", comparison.tasks());
            facts.put("curve", comparison.curve(1, CURVE_STEPS));
            students.put(name, facts);
        });
        return students;
    }
}
