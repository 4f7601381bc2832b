package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateCommandTest {
    @Test
    void continuesUpToTheEndToken() {
        var run = CommandRun.of("generate", CommandRun.TEACHER, "--prompt", "Compute 68 + 15 =");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).isEqualTo(" 83" + System.lineSeparator());
    }

    @Test
    void anyOfSeveralEndTokensEnds(@TempDir Path folder) throws IOException {
        var copy = CommandRun.copyOfTeacher(folder.resolve("copy"));
        var generation = copy.resolve("generation_config.json");
        Files.writeString(generation, Files.readString(generation).replace("\"eos_token_id\": 2",
                "\"eos_token_id\": [0, 2]"));
        var run = CommandRun.of("generate", copy, "--prompt", "Compute 68 + 15 =");
        assertThat(run.out()).isEqualTo(" 83" + System.lineSeparator());
    }

    @Test
    void chatRendersThePromptByTheTemplate(@TempDir Path folder) throws IOException {
        var copy = CommandRun.copyOfTeacher(folder.resolve("copy"));
        Files.writeString(copy.resolve("chat_template.jinja"), "{{ bos_token }}{% for m in messages %}"
                + "{{ 'Compute ' ~ m.content if m.role == 'user' }}{% endfor %}{{ ' =' if add_generation_prompt }}");
        var run = CommandRun.of("generate", copy, "--chat", "--prompt", "68 + 15");
        assertThat(run.out()).isEqualTo(" 83" + System.lineSeparator());
    }

    @Test
    void chatNeedsATemplate() {
        var run = CommandRun.of("generate", CommandRun.TEACHER, "--chat", "--prompt", "a");
        assertThat(run.exitCode()).isNotZero();
        assertThat(run.err()).contains("has no chat template").hasLineCount(1);
    }

    @Test
    void refusesToAddNothing() {
        var run = CommandRun.of("generate", CommandRun.TEACHER, "--prompt", "a", "--max-new-tokens", 0);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--max-new-tokens").hasLineCount(1);
    }
}
