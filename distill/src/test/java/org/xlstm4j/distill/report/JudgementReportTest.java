package org.xlstm4j.distill.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.xlstm4j.distill.judge.Judge;
import org.xlstm4j.distill.judge.JudgeOptions;
import org.xlstm4j.distill.judge.Judgement;
import org.xlstm4j.distill.judge.ModelScores;

class JudgementReportTest {
    private static final Pattern TAG = Pattern.compile("</?([a-z0-9]+)[^>]*>");

    @Test
    void pageHoldsTheFigures() {
        var html = JudgementReport.of("A title", judgement(Map.of("s", Map.of("a", 0.5, "b", 1.0)))).html();

        assertThat(html).startsWith("<!DOCTYPE html>").contains("<title>A title</title>", "<b>0.500</b>",
                ">lossless</span>", "C₀, 1 of 2 tasks", "so there are no intervals");
        assertThat(html).doesNotContain("Needles", "Share of the mLSTM", "Pareto", "Recovery against cost");
    }

    @Test
    void pageNeedsNothingButItself() {
        var html = Examples.full().html();

        assertThat(html).doesNotContain("<script", "<link", "<img", "<iframe", "src=", "href=", "@import", "url(");
        assertThat(html.replace("http://x", "")).doesNotContain("http");
    }

    @Test
    void namesCannotBreakThePage() {
        var html = Examples.full().html();

        assertThat(html).contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;q&quot; &#39;a&#39;")
                .doesNotContain("\u0000").doesNotContain("\uD800");
        assertBalanced(html.substring(html.indexOf("<html")));
    }

    /** Every element ends where it should, so that no name has become one. */
    private static void assertBalanced(String html) {
        var open = new ArrayDeque<String>();
        var tags = TAG.matcher(html);
        while (tags.find()) {
            var name = tags.group(1);
            if (tags.group().startsWith("</")) {
                assertThat(open.pop()).isEqualTo(name);
            } else if (!name.equals("meta")) {
                open.push(name);
            }
        }
        assertThat(open).isEmpty();
    }

    @Test
    void sameReportIsTheSamePage() {
        assertThat(Examples.full().html()).isEqualTo(Examples.full().html());
    }

    @Test
    void markdownHoldsTheFigures() {
        var markdown = JudgementReport.of("A title", judgement(Map.of("s", Map.of("a", 0.5, "b", 1.0)))).markdown();

        assertThat(markdown).startsWith("# A title\n").contains("| s | 0.500 | 0.000 | 0.750 | lossless |",
                "| a | score | 1.000 | 0.500 | 0.500 | loss |", "| b | score | 1.000 | 1.000 | 1.000 | tie |");
    }

    @Test
    void namesCannotBreakMarkdown() {
        var markdown = Examples.full().markdown();

        assertThat(markdown).contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; \"q\" 'a' \\| \\`c\\` \\*b\\*"
                + " \\[l](http://x)").doesNotContain("<script").doesNotContain("\u0000");
        var lines = markdown.lines().toList();
        for (var i = 1; i < lines.size(); i++) {
            if (lines.get(i).startsWith("|") && lines.get(i - 1).startsWith("|")) {
                assertThat(cells(lines.get(i))).as(lines.get(i)).isEqualTo(cells(lines.get(i - 1)));
            }
        }
        assertThat(MarkdownText.escape("a\n# b")).isEqualTo("a # b");
    }

    private static int cells(String line) {
        return line.split("(?<!\\\\)\\|", -1).length;
    }

    @Test
    void manyStudentsHaveMarksOfTheirOwn() {
        var students = new TreeMap<String, Map<String, Double>>();
        for (var i = 0; i < 11; i++) {
            students.put("s" + (char) ('a' + i), Map.of("a", i / 10.0, "b", 1.0));
        }

        assertThat(JudgementReport.of("t", judgement(students)).html()).contains("line s7\"", "line s2 dashed\"");
    }

    @Test
    void mapsThatAreNoneAreRefused() {
        assertThatThrownBy(() -> new GateMap("g", List.of())).hasMessageContaining("the gates of g");
        assertThatThrownBy(() -> new GateMap("g", List.of(List.of()))).hasMessageContaining("the gates of g");
        assertThatThrownBy(() -> new GateMap("g", List.of(List.of(1.5)))).hasMessageContaining("share from 0 to 1");
        assertThatThrownBy(() -> new GateMap("g", List.of(List.of(Double.NaN)))).hasMessageContaining("share");
        assertThatThrownBy(() -> new NeedleMap("n", List.of())).hasMessageContaining("no needles of n");
    }

    private static Judgement judgement(Map<String, Map<String, Double>> students) {
        return Judge.judge(ModelScores.plain("t", Map.of("a", 1.0, "b", 1.0)), students.entrySet().stream()
                .map(student -> ModelScores.plain(student.getKey(), student.getValue())).toList(),
                JudgeOptions.defaults());
    }
}
