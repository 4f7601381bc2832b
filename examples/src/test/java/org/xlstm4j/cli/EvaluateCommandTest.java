package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.distill.evaluate.EvaluationJournal;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.Evaluator;
import org.xlstm4j.distill.evaluate.ItemResult;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.distill.evaluate.TaskSet;

class EvaluateCommandTest {
    @TempDir
    private Path folder;

    @Test
    void teacherAnswersItsTasks() throws IOException {
        var json = folder.resolve("reports").resolve("t.json");
        var run = CommandRun.of("evaluate", CommandRun.TEACHER, "--tasks", CommandRun.MATH, "--limit", 2,
                "--split", "held-out", "--json", json);
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).containsPattern("(?m)^math.add +2 +1.000 +0.000 +0.00")
                .containsPattern("(?m)^mean +10 +");
        var report = EvaluationReport.read(json);
        assertThat(report.model()).isEqualTo("teacher-llama-1m");
        assertThat(report.options().split()).isEqualTo(Split.HELD_OUT);
        assertThat(report.tasks()).hasSize(5).allSatisfy(
                task -> assertThat(task.items()).extracting(ItemResult::index).containsExactly(1, 3));
    }

    private Path kinds() throws IOException {
        return Files.writeString(folder.resolve("kinds.jsonl"), """
                {"task": "sums", "prompt": "Compute 68 + 15 =", "choices": [" 84", " 83"], "gold": 1}
                {"task": "sums", "prompt": "Compute 94 + 58 =", "choices": [" 152", " 7"], "gold": 0}
                {"task": "texts", "text": "Compute 94 + 58 = 152"}
                {"task": "texts", "text": "User: Greet Hana politely.\\nAssistant: Hello, Hana!"}
                """);
    }

    @Test
    void everyKindHasItsTable() throws IOException {
        var student = CommandRun.student(folder.resolve("student"), 16);
        var json = folder.resolve("s.json");
        var run = CommandRun.of("evaluate", student, "--teacher", CommandRun.TEACHER, "--tasks", kinds(),
                "--needle", "96,160", "--needle-depths", "0,1", "--needle-samples", 1, "--max-new-tokens", 4,
                "--choice-norm", "none", "--json", json);
        assertThat(run.err()).contains("8 of 8 items");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).containsPattern("(?m)^task +items +acc +\\+/- +acc_norm +acc_norm_tokens$")
                .containsPattern("(?m)^sums +2 +1.000 ")
                .containsPattern("(?m)^task +items +byte ppl +\\+/- +bits/byte +word ppl +token ppl$")
                .containsPattern("(?m)^task +items +byte ppl +\\+/- +agreement +KL +teacher's byte ppl$")
                .containsPattern("(?m)^needle at depth +0.00 +1.00$").containsPattern("(?m)^160 tokens +0.000 +0.000$");
        var report = EvaluationReport.read(json);
        assertThat(report.scores()).containsOnlyKeys("needle-160", "needle-96", "sums", "texts");
        var texts = report.tasks().get(3).score();
        assertThat(texts.value("teacher_kl")).isBetween(1e-9, 1.0);
        assertThat(texts.value("teacher_agreement")).isBetween(0.5, 1.0);
    }

    @Test
    void interruptedEvaluationIsGoneOnWith() throws IOException {
        var whole = folder.resolve("whole.json");
        assertThat(CommandRun.of("evaluate", CommandRun.TEACHER, "--tasks", kinds(), "--json", whole).exitCode())
                .isZero();
        // An evaluation of both kinds that came as far as the first of its groups.
        var json = folder.resolve("t.json");
        var journal = folder.resolve("t.json.journal");
        try (var model = OpenModel.open(CommandRun.TEACHER)) {
            var evaluator = Evaluator.of(model.model(), model.encoding());
            var plan = evaluator.plan(TaskSet.read(List.of(kinds())), EvaluationOptions.defaults());
            var settings = EvaluationJournal.settings(model.checkpoint(), model.tokenizer(), ImportOptions.STRICT,
                    Optional.empty(), plan);
            try (var opened = EvaluationJournal.open(json, settings)) {
                assertThatThrownBy(() -> evaluator.evaluate(model.name(), plan, opened, progress -> {
                    throw new IllegalStateException("interrupted");
                })).hasMessage("interrupted");
            }
        }
        var other = CommandRun.of("evaluate", CommandRun.TEACHER, "--tasks", kinds(), "--split", "tuning", "--json",
                json);
        assertThat(other.exitCode()).isEqualTo(1);
        assertThat(other.err()).contains("t.json.journal is of an evaluation with other settings: split ALL against "
                + "TUNING; tasks 4 items ").hasLineCount(1);
        var run = CommandRun.of("evaluate", CommandRun.TEACHER, "--tasks", kinds(), "--json", json);
        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).contains("going on from " + journal + ": 2 of 4 items are done");
        assertThat(json).hasSameBinaryContentAs(whole);
        assertThat(journal).doesNotExist();
    }

    @Test
    void wrongTeachersAndNeedlesAreRefused() throws IOException {
        var teacher = CommandRun.of("evaluate", CommandRun.TEACHER, "--tasks", CommandRun.MATH, "--teacher",
                CommandRun.TEACHER);
        assertThat(teacher.exitCode()).isEqualTo(2);
        assertThat(teacher.err()).contains("--teacher compares models on texts, but no task has any");
        var copy = CommandRun.copyOfTeacher(folder.resolve("copy"));
        Files.writeString(copy.resolve("tokenizer.json"), " ", StandardOpenOption.APPEND);
        var tokenizer = CommandRun.of("evaluate", CommandRun.TEACHER, "--tasks", kinds(), "--teacher", copy);
        assertThat(tokenizer.exitCode()).isEqualTo(1);
        assertThat(tokenizer.err()).contains("have different tokenizers").hasLineCount(1);
        var deep = CommandRun.of("evaluate", CommandRun.TEACHER, "--needle", 128, "--needle-depths", 50);
        assertThat(deep.exitCode()).isEqualTo(2);
        assertThat(deep.err()).contains("a needle's depth must lie in [0, 1], not 50.0");
        var far = CommandRun.of("evaluate", CommandRun.TEACHER, "--needle", 1024);
        assertThat(far.exitCode()).isEqualTo(1);
        assertThat(far.err()).contains("item 0 of needle-1024 has a prompt of 1024 tokens and 48 new ones, more than "
                + "the model's 1024 positions").contains("; and 17 more").hasLineCount(1);
        var nothing = CommandRun.of("evaluate", CommandRun.TEACHER);
        assertThat(nothing.exitCode()).isEqualTo(2);
        assertThat(nothing.err()).contains("Missing required option: '--tasks=FILE'");
    }

    @Test
    void namesFileAndLineOfABrokenTask() throws IOException {
        var tasks = Files.writeString(folder.resolve("bad.jsonl"), """
                {"task": "a", "prompt": "b", "answer": "c"}
                {"task": "a", "prompt": "b"}
                """);
        var run = CommandRun.of("evaluate", CommandRun.TEACHER, "--tasks", tasks);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("bad.jsonl:2: there is no \"answer\"").hasLineCount(1);
    }

    @Test
    void refusesTheWrongOptions() {
        for (var option : new String[] {"--limit=0", "--max-new-tokens=0", "--split=some", "--text-window=0",
            "--choice-norm=words"}) {
            var run = CommandRun.of("evaluate", CommandRun.TEACHER, "--tasks", CommandRun.MATH, option);
            assertThat(run.exitCode()).as(option).isEqualTo(2);
            assertThat(run.err()).hasLineCount(1);
        }
    }

    @Test
    void refusesATokenizerOfAnotherModel() throws IOException {
        var copy = CommandRun.copyOfTeacher(folder.resolve("copy"));
        var config = copy.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"vocab_size\": 768", "\"vocab_size\": 700"));
        var run = CommandRun.of("evaluate", copy, "--tasks", CommandRun.MATH, "--limit", 1);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("another model's tokenizer").hasLineCount(1);
    }
}
