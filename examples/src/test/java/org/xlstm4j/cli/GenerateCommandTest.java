package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerateCommandTest {
    private static final String SUM = "Compute 68 + 15 =";
    private static final String ANSWER = " 83" + System.lineSeparator();

    @TempDir
    private Path folder;

    @Test
    void continuesUpToTheEndToken() {
        var run = CommandRun.of("generate", CommandRun.TEACHER, "--prompt", SUM);
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo(ANSWER);
    }

    @Test
    void anyOfSeveralEndTokensEnds() throws IOException {
        var copy = CommandRun.copyOfTeacher(folder.resolve("copy"));
        var generation = copy.resolve("generation_config.json");
        Files.writeString(generation, Files.readString(generation).replace("\"eos_token_id\": 2",
                "\"eos_token_id\": [0, 2]"));
        assertThat(CommandRun.of("generate", copy, "--prompt", SUM).out()).isEqualTo(ANSWER);
    }

    @Test
    void chatRendersThePromptByTheTemplate() {
        var copy = CommandRun.chattingTeacher(folder.resolve("copy"));
        assertThat(CommandRun.of("generate", copy, "--chat", "--prompt", "68 + 15").out()).isEqualTo(ANSWER);
    }

    @Test
    void chatNeedsATemplate() {
        var run = CommandRun.of("generate", CommandRun.TEACHER, "--chat", "--prompt", "a");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("has no chat template").hasLineCount(1);
    }

    @Test
    void promptComesFromAFileOrStandardInputWithoutItsLastLineBreak() throws IOException {
        var file = Files.writeString(folder.resolve("prompt.txt"), SUM + "\n");
        assertThat(CommandRun.of("generate", CommandRun.TEACHER, "--prompt-file", file).out()).isEqualTo(ANSWER);
        assertThat(CommandRun.fed(SUM + "\r\n", "generate", CommandRun.TEACHER, "--prompt-file", "-").out())
                .isEqualTo(ANSWER);
        Files.write(file, new byte[] {'a', (byte) 0xff});
        var broken = CommandRun.of("generate", CommandRun.TEACHER, "--prompt-file", file);
        assertThat(broken.exitCode()).isEqualTo(1);
        assertThat(broken.err()).contains("prompt.txt is not UTF-8");
    }

    @Test
    void stopStringsAreLeftOut() {
        assertThat(CommandRun.of("generate", CommandRun.TEACHER, "--prompt", SUM, "--stop", "x", "--stop", "3").out())
                .isEqualTo(" 8" + System.lineSeparator());
    }

    @Test
    void severalAnswersAreDrawnAndWrittenAsJson() throws IOException {
        var json = folder.resolve("answers.json");
        Object[] arguments = {"generate", CommandRun.TEACHER, "--prompt", SUM, "--n", 3, "--temperature", 4, "--seed",
            5, "--max-new-tokens", 6, "--json", json};
        var run = CommandRun.of(arguments);
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("--- 1 of 3, log-probability -", "--- 3 of 3");
        var report = Outputs.readJson(json);
        assertThat(report.path("options").path("seed").intValue()).isEqualTo(5);
        var answers = report.path("answers");
        assertThat(answers).hasSize(3);
        assertThat(answers.get(0).path("text").textValue()).isNotNull();
        assertThat(answers.get(0).path("finishReason").textValue()).isIn("END", "LENGTH");
        assertThat(answers.get(0).path("logProbability").doubleValue())
                .isGreaterThanOrEqualTo(answers.get(1).path("logProbability").doubleValue());
        assertThat(CommandRun.of(arguments).out()).isEqualTo(run.out());
    }

    @Test
    void savedStateIsGoneOnWith() {
        var state = folder.resolve("state");
        var save = CommandRun.of("generate", CommandRun.TEACHER, "--prompt", "Compute 68 +", "--save-state", state);
        assertThat(save.exitCode()).isZero();
        assertThat(save.out()).isEmpty();
        assertThat(save.err()).contains("saved in " + state);
        assertThat(CommandRun.of("generate", CommandRun.TEACHER, "--from-state", state, "--prompt", " 15 =").out())
                .isEqualTo(ANSWER);
        assertThat(CommandRun.of("generate", CommandRun.TEACHER, "--from-state", state, "--max-new-tokens", 3).out())
                .isNotBlank();
        var again = CommandRun.of("generate", CommandRun.TEACHER, "--prompt", "a", "--save-state", state);
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err()).contains("exists already").hasLineCount(1);
        var other = CommandRun.of("generate", CommandRun.student(folder.resolve("student"), 16), "--from-state", state);
        assertThat(other.exitCode()).isEqualTo(1);
        assertThat(other.err()).contains("is the state of a model of other").hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource({"--max-new-tokens 0, --max-new-tokens must be at least 1", "--temperature -1, --temperature must be 0",
        "--temperature 1 --top-k -1, --top-k must be", "--temperature 1 --top-p 0, --top-p must be",
        "--temperature 1 --min-p 2, --min-p must be", "--repetition-penalty 0, --repetition-penalty must be",
        "--top-k 4, without --temperature", "--seed 4, without --temperature", "--n 2, without --temperature",
        "--n 0, --n must be at least 1", "--prompt-file b, mutually exclusive", "--save-state x --json y, --save-state",
        "--chat --from-state x, --from-state", "--stop=, --stop must be"})
    void wrongUsageIsNamed(String options, String message) {
        var arguments = ("generate teacher --prompt a " + options).split(" ");
        var run = CommandRun.of((Object[]) arguments);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(message).hasLineCount(1);
    }

    @Test
    void aPromptIsNeeded() {
        var run = CommandRun.of("generate", CommandRun.TEACHER);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("give --prompt").hasLineCount(1);
        var empty = CommandRun.of("generate", CommandRun.TEACHER, "--prompt", "");
        assertThat(empty.exitCode()).isEqualTo(1);
        assertThat(empty.err()).contains("the prompt is empty").hasLineCount(1);
    }
}
