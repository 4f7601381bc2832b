package org.xlstm4j.distill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationReportTest {
    @TempDir
    Path folder;

    @Test
    void writtenReportReadsBackEqual() throws IOException {
        var report = report();
        var file = folder.resolve("new/report.json");

        report.write(file);
        report.write(file);

        assertThat(EvaluationReport.read(file)).isEqualTo(report);
        assertThat(EvaluationReport.readScores(file)).containsExactly(entry("a", 2 / 3.0), entry("b", 0.0));
        try (var files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void failedWriteLeavesNothingBehind() throws IOException {
        var occupied = Files.createDirectories(folder.resolve("report/inside")).getParent();

        assertThatThrownBy(() -> report().write(occupied)).isInstanceOf(IOException.class);

        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(occupied);
        }
    }

    @Test
    void scoresMayBeAPlainObject() throws IOException {
        var file = Files.writeString(folder.resolve("scores"), "{\"y\": 0.5, \"x\": 1}");

        assertThat(EvaluationReport.readScores(file)).containsExactly(entry("x", 1.0), entry("y", 0.5));
    }

    @Test
    void partsAreScoredAnew() {
        var tuning = report().only(Split.TUNING);
        var heldOut = report().only(Split.HELD_OUT);

        assertThat(tuning.tasks().get(0).items()).extracting(ItemResult::index).containsExactly(0, 2);
        assertThat(tuning.scores()).containsExactly(entry("a", 1.0), entry("b", 0.0));
        assertThat(tuning.tasks().get(0).score().value("nll")).isEqualTo((0.5 + 2.5) / 6);
        assertThat(heldOut.scores()).containsExactly(entry("a", 0.0));
        assertThat(heldOut.options().split()).isEqualTo(Split.HELD_OUT);
        assertThat(heldOut.only(Split.HELD_OUT)).isEqualTo(heldOut);
        assertThatThrownBy(() -> heldOut.only(Split.TUNING)).hasMessageContaining("covers the split HELD_OUT");
    }

    @Test
    void filesThatAreNoReportAreRefused() throws IOException {
        assertRefused("{\"a\": ", "broken JSON in line 1");
        assertRefused("[1]", "not a JSON object");
        assertRefused("{\"a\": 1}", "not an evaluation report");
        assertRefused("{\"format\": \"xlstm4j-evaluation-1\", \"model\": \"m\"}", "broken evaluation report");
        assertThatThrownBy(() -> EvaluationReport.readScores(write("{\"a\": \"high\"}")))
                .isInstanceOf(IOException.class).hasMessageContaining("the score of \"a\" is not a number");
        assertThatThrownBy(() -> EvaluationReport.read(folder.resolve("none"))).hasMessageContaining("no such file");
    }

    @Test
    void scoresThatContradictTheirItemsAreRefused() throws IOException {
        var file = folder.resolve("report");
        report().write(file);
        Files.writeString(file, Files.readString(file).replaceFirst("\"correct\" : true", "\"correct\" : false"));

        assertThatThrownBy(() -> EvaluationReport.read(file)).isInstanceOf(IOException.class)
                .hasMessageContaining("task a is scored as 3 items, {exact_match=Measure[value=0.66");
    }

    private void assertRefused(String content, String message) throws IOException {
        var file = write(content);
        assertThatThrownBy(() -> EvaluationReport.read(file))
                .isInstanceOf(IOException.class).hasMessageStartingWith(file + ": ").hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    private Path write(String content) throws IOException {
        return Files.writeString(folder.resolve("file"), content);
    }

    static EvaluationReport report() {
        return new EvaluationReport("m \"quoted\" ✓", EvaluationOptions.defaults(), List.of(
                TaskResult.of("a", List.of(
                        new ExactMatchResult(0, "p\n", "x", "x", true, 3, 0.5),
                        new ExactMatchResult(1, "q", "y", "é", false, 3, 1.5),
                        new ExactMatchResult(2, "r", "z", "z", true, 3, 2.5))),
                TaskResult.of("b", List.of(new ExactMatchResult(0, "p", "x", "", false, 2, Double.NaN)))));
    }
}
