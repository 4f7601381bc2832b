package org.xlstm4j.distill.report;

import static org.xlstm4j.distill.report.HtmlTable.cell;
import static org.xlstm4j.distill.report.HtmlTable.head;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.xlstm4j.distill.judge.CostFront;
import org.xlstm4j.distill.judge.Estimate;
import org.xlstm4j.distill.judge.Judgement;
import org.xlstm4j.distill.judge.TaskJudgement;

/** The report as one page: a section a method, in the order of reading. */
final class HtmlPage {
    private static final String STYLE = "report.css";

    private final JudgementReport report;
    private final Judgement judgement;

    private HtmlPage(JudgementReport report) {
        this.report = report;
        this.judgement = report.judgement();
    }

    static String of(JudgementReport report) {
        return new HtmlPage(report).page();
    }

    private String page() {
        var main = Tag.of("main").with(Tag.of("header").with(Tag.of("h1").text(report.title()),
                Tag.of("p").text(Words.subject(judgement)),
                Tag.of("p", "class", "soft").with(subscripts(Words.DEFINITION))));
        main.with(students(), curves(), domains()).with(tasks());
        report.costs().ifPresent(costs -> main.with(costs(costs)));
        if (!report.gates().isEmpty()) {
            main.with(gates());
        }
        if (!report.needles().isEmpty()) {
            main.with(needles());
        }
        if (!judgement.notes().isEmpty()) {
            main.with(notes());
        }
        var page = Tag.of("html", "lang", "en").with(Tag.of("head").with(
                Tag.of("meta", "charset", "utf-8"),
                Tag.of("meta", "name", "viewport", "content", "width=device-width, initial-scale=1"),
                Tag.of("title").text(report.title()),
                Tag.of("style").text(style() + Colors.levels())), Tag.of("body").with(main.with(settings())));
        return "<!DOCTYPE html>\n" + page + "\n";
    }

    /** Text with its C_α as they are written by hand. */
    private static List<Tag> subscripts(String text) {
        var parts = new ArrayList<Tag>();
        for (var part : text.split("(?<=C_α)|(?=C_α)")) {
            parts.add(part.equals("C_α") ? Tag.of("span").text("C").with(Tag.of("sub").text("α"))
                    : Tag.of("span").text(part));
        }
        return parts;
    }

    private static String style() {
        try (var style = HtmlPage.class.getResourceAsStream(STYLE)) {
            return new String(style.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Tag students() {
        var cards = Tag.of("div", "class", "students");
        for (var i = 0; i < judgement.students().size(); i++) {
            var student = judgement.students().get(i);
            var badge = Tag.of("span", "class", "badge " + (student.winAndTie().lossless() ? "yes" : "no"))
                    .text(Words.verdict(student));
            cards.with(Tag.of("article", "class", "student " + Colors.student(i)).with(
                    Tag.of("h2").with(Tag.of("span").text(student.name()), badge),
                    Tag.of("dl").with(figure("critical tolerance α*", student.criticalAlpha()))
                            .with(figure("C₀, " + Words.wins(student), student.rateAtZero()))
                            .with(figure("mean recovery", student.meanRecovery()))));
        }
        return cards;
    }

    private static List<Tag> figure(String name, Estimate estimate) {
        return List.of(Tag.of("dt").text(name), Tag.of("dd").with(Tag.of("b").text(value(estimate)))
                .text(" ").with(Tag.of("span", "class", "interval").text(interval(estimate))));
    }

    private Tag curves() {
        var figure = Tag.of("figure").with(CurveChart.of(judgement), legend(),
                Tag.of("figcaption").text("Dots mark α*, where a curve reaches one half. Bands hold the curve at each"
                        + " tolerance with the confidence named above."));
        var section = section("Win-and-Tie rate").with(figure);
        return judgement.students().size() == 1 ? section
                : section.with(Tag.of("p").text(Words.front(judgement.front())));
    }

    private Tag legend() {
        var legend = Tag.of("ul", "class", "legend");
        for (var i = 0; i < judgement.students().size(); i++) {
            legend.with(Tag.of("li", "class", Colors.student(i)).text(judgement.students().get(i).name()));
        }
        return legend;
    }

    private Tag domains() {
        var table = new HtmlTable("Mean recovery and C₀ by domain", "domains", header());
        var domains = judgement.students().get(0).domains();
        for (var i = 0; i < domains.size(); i++) {
            var domain = i;
            table.row(head(domains.get(i).domain(), Words.count(domains.get(i).tasks(), "task")),
                    judgement.students().stream().map(student -> student.domains().get(domain))
                            .map(found -> cell(value(found.recovery()), interval(found.recovery()))
                                    .with(Tag.of("small").text("C₀ " + found.rateAtZero().text(2))))
                            .toArray(Tag[]::new));
        }
        return section("Recovery by domain").with(
                Tag.of("figure").with(RecoveryChart.of(judgement), legend()), table.tag());
    }

    private List<String> header() {
        var header = new ArrayList<>(List.of("domain"));
        judgement.students().forEach(student -> header.add(student.name()));
        return header;
    }

    private Tag tasks() {
        var section = section("Tasks");
        for (var student : judgement.students()) {
            var table = new HtmlTable(student.name(), "", List.of("task", "teacher", "student", "recovery", "result"));
            student.tasks().forEach(task -> table.row(head(task.task(), Words.measure(task)),
                    cell(Words.score(task.teacher())), cell(Words.score(task.student())),
                    cell(value(task.recovery()), interval(task.recovery())), outcome(task)));
            section.with(table.tag());
        }
        return section;
    }

    private static Tag outcome(TaskJudgement task) {
        return Tag.of("td", "class", task.outcome()).text(task.outcome());
    }

    private Tag costs(CostFront costs) {
        var table = new HtmlTable("Mean recovery against " + costs.label(), "",
                List.of("model", costs.label(), "mean recovery", "on the front"));
        costs.points().forEach(point -> table.row(head(point.model(), ""), cell(Frame.label(point.cost())),
                cell(Estimate.exact(point.recovery()).text(3)), cell(point.onFront() ? "yes" : "no")));
        return section("Recovery against cost").with(Tag.of("figure").with(CostChart.of(costs),
                Tag.of("figcaption").text("The broad line joins the students that no other one beats in recovery"
                        + " without costing more, nor in cost without recovering less.")), table.tag());
    }

    private Tag gates() {
        var maps = Tag.of("div", "class", "maps");
        for (var map : report.gates()) {
            maps.with(Tag.of("div").with(Tag.of("h3").text(map.name()), Grids.gates(map).svg(),
                    Tag.of("details").with(Tag.of("summary").text("as a table"), table(Grids.gates(map)))));
        }
        return section("Share of the mLSTM by layer and head").with(Tag.of("p", "class", "soft").text("The mean output"
                + " gate: 0 is the sliding window alone, 1 the mLSTM alone."), scale("g", "window", "mLSTM"), maps);
    }

    private Tag needles() {
        var maps = Tag.of("div", "class", "maps");
        for (var map : report.needles()) {
            maps.with(Tag.of("div").with(Tag.of("h3").text(map.model()), Grids.needles(map).svg(),
                    Tag.of("details").with(Tag.of("summary").text("as a table"), table(Grids.needles(map)))));
        }
        return section("Needles in haystacks").with(Tag.of("p", "class", "soft").text("The share of facts found again,"
                + " by where they lay in a text of so many tokens."), scale("n", "never found", "always"), maps);
    }

    private static Tag scale(String scale, String low, String high) {
        var bar = Tag.of("svg", "viewBox", "0 0 21 2", "preserveAspectRatio", "none", "aria-hidden", "true");
        IntStream.rangeClosed(0, 20).forEach(level -> bar.with(Tag.of("rect", "x", Integer.toString(level), "y", "0",
                "width", "1.05", "height", "2", "class", scale + level)));
        return Tag.of("div", "class", "scale").with(Tag.of("span").text(low), bar, Tag.of("span").text(high));
    }

    private static Tag table(HeatMap map) {
        var header = new ArrayList<>(List.of(map.axes().get(0)));
        map.columns().forEach(column -> header.add(map.axes().get(1) + " " + column));
        var table = new HtmlTable(map.name(), "", header);
        for (var row = 0; row < map.rows().size(); row++) {
            var shares = map.shares()[row];
            table.row(head(map.rows().get(row), ""), IntStream.range(0, shares.length)
                    .mapToObj(column -> cell(Estimate.exact(shares[column]).text(3))).toArray(Tag[]::new));
        }
        return table.tag();
    }

    private Tag notes() {
        var list = Tag.of("ul");
        judgement.notes().forEach(note -> list.with(Tag.of("li").text(note)));
        return section("To be known").with(list);
    }

    private Tag settings() {
        var section = section("Settings");
        Words.settings(report).forEach((subject, settings) -> section.with(settings(subject, settings)));
        return section;
    }

    private static Tag settings(String subject, Map<String, String> settings) {
        var table = new HtmlTable(subject, "wrap", List.of("setting", "value"));
        settings.forEach((name, value) -> table.row(head(name, ""), cell(value)));
        return Tag.of("details").with(Tag.of("summary").text(subject), table.tag());
    }

    private static Tag section(String title) {
        return Tag.of("section").with(Tag.of("h2").text(title));
    }

    private static String value(Estimate estimate) {
        return Estimate.exact(estimate.value()).text(3);
    }

    private static String interval(Estimate estimate) {
        return estimate.hasInterval()
                ? String.format(Locale.ROOT, "[%.3f, %.3f]", estimate.low(), estimate.high()) : "";
    }
}
