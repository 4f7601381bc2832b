package org.xlstm4j.distill.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.xlstm4j.distill.judge.CostFront;
import org.xlstm4j.distill.judge.Estimate;
import org.xlstm4j.distill.judge.Judgement;
import org.xlstm4j.distill.judge.StudentJudgement;

/** The report in tables of GitHub's Markdown. */
final class MarkdownText {
    private final JudgementReport report;
    private final Judgement judgement;
    private final StringBuilder text = new StringBuilder();

    private MarkdownText(JudgementReport report) {
        this.report = report;
        this.judgement = report.judgement();
    }

    static String of(JudgementReport report) {
        return new MarkdownText(report).written();
    }

    private String written() {
        text.append("# ").append(escape(report.title())).append('\n');
        paragraph(Words.subject(judgement));
        paragraph(Words.DEFINITION);
        students();
        domains();
        judgement.students().forEach(this::tasks);
        report.costs().ifPresent(this::costs);
        report.gates().forEach(map -> map(Grids.gates(map)));
        report.needles().forEach(map -> map(Grids.needles(map)));
        if (!judgement.notes().isEmpty()) {
            heading("To be known");
            judgement.notes().forEach(note -> text.append("- ").append(escape(note)).append('\n'));
        }
        settings();
        return text.toString();
    }

    private void students() {
        var rows = new ArrayList<List<String>>();
        judgement.students().forEach(student -> rows.add(List.of(student.name(), student.rateAtZero().text(3),
                student.criticalAlpha().text(3), student.meanRecovery().text(3), Words.verdict(student))));
        text.append('\n');
        table(List.of("student", "C_0", "α*", "mean recovery", ""), rows);
        if (judgement.students().size() > 1) {
            paragraph(Words.front(judgement.front()));
        }
    }

    private void domains() {
        heading("Mean recovery by domain");
        var header = new ArrayList<>(List.of("domain", "tasks"));
        judgement.students().forEach(student -> header.add(student.name()));
        var rows = new ArrayList<List<String>>();
        var domains = judgement.students().get(0).domains();
        for (var i = 0; i < domains.size(); i++) {
            var row = new ArrayList<>(List.of(domains.get(i).domain(), Integer.toString(domains.get(i).tasks())));
            for (var student : judgement.students()) {
                row.add(student.domains().get(i).recovery().text(3));
            }
            rows.add(row);
        }
        table(header, rows);
    }

    private void tasks(StudentJudgement student) {
        heading("Tasks of " + student.name());
        var rows = new ArrayList<List<String>>();
        student.tasks().forEach(task -> rows.add(List.of(task.task(), Words.measure(task), Words.score(task.teacher()),
                Words.score(task.student()), task.recovery().text(3), task.outcome())));
        table(List.of("task", "measure", "teacher", "student", "recovery", "result"), rows);
    }

    private void costs(CostFront costs) {
        heading("Mean recovery against " + costs.label());
        var rows = new ArrayList<List<String>>();
        costs.points().forEach(point -> rows.add(List.of(point.model(), Frame.label(point.cost()),
                Estimate.exact(point.recovery()).text(3), point.onFront() ? "yes" : "no")));
        table(List.of("model", costs.label(), "mean recovery", "on the front"), rows);
    }

    private void map(HeatMap map) {
        heading(map.name());
        var header = new ArrayList<>(List.of(map.axes().get(0)));
        map.columns().forEach(column -> header.add(map.axes().get(1) + " " + column));
        var rows = new ArrayList<List<String>>();
        for (var i = 0; i < map.rows().size(); i++) {
            var row = new ArrayList<>(List.of(map.rows().get(i)));
            for (var share : map.shares()[i]) {
                row.add(Estimate.exact(share).text(3));
            }
            rows.add(row);
        }
        table(header, rows);
    }

    private void settings() {
        heading("Settings");
        var rows = new ArrayList<List<String>>();
        Words.settings(report).forEach((subject, settings) ->
                settings.forEach((name, value) -> rows.add(List.of(subject, name, value))));
        table(List.of("of", "setting", "value"), rows);
    }

    private void heading(String title) {
        text.append("\n## ").append(escape(title)).append("\n\n");
    }

    private void paragraph(String words) {
        text.append('\n').append(escape(words)).append('\n');
    }

    private void table(List<String> header, List<List<String>> rows) {
        row(header, MarkdownText::escape);
        row(header, title -> title.equals(header.get(0)) ? "---" : "---:");
        rows.forEach(row -> row(row, MarkdownText::escape));
    }

    private void row(List<String> cells, Function<String, String> written) {
        cells.forEach(cell -> text.append("| ").append(written.apply(cell)).append(' '));
        text.append("|\n");
    }

    /** What reads as the text in Markdown, on one line, whatever it holds. */
    static String escape(String text) {
        return Words.visible(text.replaceAll("\\s*\\R\\s*", " "))
                .replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                .replaceAll("[\\\\`*_|~]|\\[(?!-?\\d+\\.\\d+, )", "\\\\$0");
    }
}
