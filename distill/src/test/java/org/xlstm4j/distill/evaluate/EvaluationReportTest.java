package org.xlstm4j.distill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

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
    void everyKindOfItemReadsBackEqual() throws IOException {
        var report = new EvaluationReport("m", EvaluationOptions.defaults().withWindow(7)
                .withNormalization(Normalization.TOKENS), List.of(
                TaskResult.of("c", List.of(new ChoiceResult(0, "p", List.of(" x", "é"), 1, List.of(-0.1, -1e-300),
                        List.of(1, 2), Normalization.TOKENS))),
                TaskResult.of("n", List.of(new NeedleResult(3, 128, 0.25, "k", "1", "rule/5", " 1\n", true),
                        new NeedleResult(4, 64, 1, "k", "1", "rule/6", "", false))),
                TaskResult.of("t", List.of(
                        new TextResult(0, "d", 3, 2, 9, 1 / 3.0, Double.NaN, Double.NaN, Double.NaN))),
                TaskResult.of("u", List.of(new TextResult(0, "d", 3, 2, 9, 1 / 3.0, 0.25, 2, 1e-9)))));
        var file = folder.resolve("report.json");

        report.write(file);

        assertThat(EvaluationReport.read(file)).isEqualTo(report);
        assertThat(Files.readString(file)).contains("\"format\" : \"xlstm4j-evaluation-2\"",
                "\"kind\" : \"multiple-choice\"", "\"logLikelihoods\" : [ -0.1, -1.0E-300 ]");
        assertThat(report.needles()).extracting(NeedleCell::length, NeedleCell::depth)
                .containsExactly(tuple(64, 1.0), tuple(128, 0.25));
        assertThat(report.only(Split.HELD_OUT).scores()).containsExactly(entry("n", 1.0));
    }

    @Test
    void formerFormatIsStillRead() throws IOException {
        var former = """
                {"format": "xlstm4j-evaluation-1", "model": "m",
                 "options": {"split": "HELD_OUT", "maxItemsPerTask": 2, "maxNewTokens": 5, "likelihood": true},
                 "tasks": [{"score": {"task": "a", "items": 2, "correct": %d, "exactMatch": 0.5,
                     "standardError": 0.35355339059327379, "nll": 0.5, "nllPerItem": 1.0},
                   "items": [
                     {"index": 1, "prompt": "p", "expected": "x", "output": "x", "correct": true, "answerTokens": 2,
                      "nll": 0.5},
                     {"index": 3, "prompt": "q", "expected": "y", "output": "z", "correct": false, "answerTokens": 2,
                      "nll": 1.5}]}]}
                """;

        var report = EvaluationReport.read(write(former.formatted(1)));

        assertThat(report).isEqualTo(new EvaluationReport("m", EvaluationOptions.defaults().withSplit(Split.HELD_OUT)
                .withMaxItemsPerTask(2).withMaxNewTokens(5), List.of(TaskResult.of("a", List.of(
                        new ExactMatchResult(1, "p", "x", "x", true, 2, 0.5),
                        new ExactMatchResult(3, "q", "y", "z", false, 2, 1.5))))));
        var score = report.tasks().get(0).score();
        assertThat(score.score()).isEqualTo(new Measure(0.5, Math.sqrt(0.125)));
        assertThat(score.value("nll")).isEqualTo(0.5);
        assertThat(score.value("nll_per_item")).isEqualTo(1);
        assertRefused(former.formatted(2), "scored as 2 of 2 items right, but 1 of 2 are listed so");
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
