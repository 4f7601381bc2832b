package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.xlstm4j.distill.judge.CostFront;
import org.xlstm4j.distill.judge.Judge;
import org.xlstm4j.distill.judge.Judgement;
import org.xlstm4j.distill.judge.ModelScores;
import org.xlstm4j.distill.judge.WinAndTie;
import org.xlstm4j.distill.report.JudgementReport;
import org.xlstm4j.distill.report.NeedleMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code compare}: the Win-and-Tie rate of students against their teacher. */
@Command(name = "compare", description = "Judge students against their teacher: recovery, C_alpha, alpha*.",
        footer = "Scores are reports of evaluate --json, result files of lm-evaluation-harness (or the folder of one), "
                + "or plain JSON {\"task\": score, ...}.")
final class CompareCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--teacher", required = true, paramLabel = "FILE", description = "The teacher's scores.")
    private Path teacher;

    @Option(names = "--student", required = true, arity = "1..*", paramLabel = "FILE",
            description = "The students' scores.")
    private List<Path> students;

    @Mixin
    private ScoreFlags scoreFlags;

    @Mixin
    private JudgeFlags judgeFlags;

    @Mixin
    private CostFlags costFlags;

    @Mixin
    private GateFlags gateFlags;

    @Option(names = "--html", paramLabel = "FILE", description = "Write a report as one HTML page there.")
    private Path html;

    @Option(names = "--markdown", paramLabel = "FILE", description = "Write the report as Markdown there.")
    private Path markdown;

    @Option(names = "--title", paramLabel = "TEXT", defaultValue = "Student against teacher",
            description = "The report's title (default: ${DEFAULT-VALUE}).")
    private String title;

    @Option(names = "--chart", paramLabel = "PNG", description = "Draw the curves of C_alpha there.")
    private Path chart;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the comparison there.")
    private Path json;

    @Override
    public Integer call() throws IOException {
        var files = new ArrayList<>(List.of(teacher));
        files.addAll(students);
        var scores = named(scoreFlags.read(files, spec));
        var judgement = Judge.judge(scores.get(0), scores.subList(1, scores.size()), judgeFlags.options(spec));
        var costs = costFlags.front(spec, judgement);
        var report = html != null || markdown != null
                ? Optional.of(report(judgement, costs, scores, files)) : Optional.<JudgementReport>empty();
        print(judgement, costs);
        if (report.isPresent()) {
            write(report.get());
        }
        if (chart != null) {
            var curves = new LinkedHashMap<String, WinAndTie>();
            judgement.students().forEach(student -> curves.put(student.name(), student.winAndTie()));
            WinAndTieChart.write(curves, chart);
        }
        if (json != null) {
            Outputs.writeJson(json, CompareTables.json(judgement, costs));
        }
        return 0;
    }

    /** Names that tell the students apart. */
    private static List<ModelScores> named(List<ModelScores> scores) {
        var taken = new LinkedHashSet<String>();
        var named = new ArrayList<>(scores.subList(0, 1));
        for (var student : scores.subList(1, scores.size())) {
            var name = student.name();
            for (int i = 2; !taken.add(name); i++) {
                name = student.name() + "-" + i;
            }
            named.add(student.named(name));
        }
        return named;
    }

    private void print(Judgement judgement, Optional<CostFront> costs) {
        var console = Console.of(spec);
        CompareTables.tasks(judgement).forEach(table -> {
            console.print(table);
            console.line("");
        });
        if (judgement.students().get(0).domains().size() > 1) {
            console.print(CompareTables.domains(judgement));
            console.line("");
        }
        console.print(CompareTables.summary(judgement));
        costs.ifPresent(front -> {
            console.line("");
            console.print(CompareTables.costs(front));
        });
        judgement.notes().forEach(note -> console.notice("%s", note));
    }

    private JudgementReport report(Judgement judgement, Optional<CostFront> costs, List<ModelScores> scores,
                                   List<Path> files) throws IOException {
        var settings = new LinkedHashMap<String, Map<String, String>>();
        var needles = new ArrayList<NeedleMap>();
        for (int i = 0; i < scores.size(); i++) {
            var facts = new TreeMap<>(scores.get(i).settings());
            facts.put("scores", files.get(i).toString());
            settings.put((i == 0 ? "teacher " : "student ") + scores.get(i).name(), facts);
            if (!scores.get(i).needles().isEmpty()) {
                needles.add(new NeedleMap(scores.get(i).name(), scores.get(i).needles()));
            }
        }
        return new JudgementReport(title, judgement, costs, gateFlags.maps(spec), needles, settings);
    }

    private void write(JudgementReport report) throws IOException {
        if (html != null) {
            Outputs.write(html, report.html().getBytes(StandardCharsets.UTF_8));
        }
        if (markdown != null) {
            Outputs.write(markdown, report.markdown().getBytes(StandardCharsets.UTF_8));
        }
    }
}
