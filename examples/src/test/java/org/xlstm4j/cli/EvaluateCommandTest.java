package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.ItemResult;
import org.xlstm4j.distill.evaluate.Split;

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
        for (var option : new String[] {"--limit=0", "--max-new-tokens=0", "--split=some"}) {
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
