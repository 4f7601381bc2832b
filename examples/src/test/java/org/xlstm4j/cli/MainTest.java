package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    @Test
    void helpListsEveryCommandInItsGroup() {
        var run = CommandRun.of("--help");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).containsSubsequence("Checkpoints:", "inspect", "convert", "Merging:", "merge", "tune",
                "Judging:", "evaluate", "compare", "Use:", "generate", "chat", "Exit codes:");
        assertThat(Main.commandLine().getSubcommands().keySet()).allSatisfy(
                name -> assertThat(run.out()).containsPattern("(?m)^  " + name + " +\\S"));
    }

    @Test
    void everyCommandHasHelpAndVersion() {
        for (var name : Main.commandLine().getSubcommands().keySet()) {
            var help = CommandRun.of(name, "--help");
            assertThat(help.exitCode()).as(name).isZero();
            assertThat(help.out()).startsWith("Usage: xlstm4j " + name).contains("--debug");
            assertThat(CommandRun.of(name, "--version").out()).startsWith("xlstm4j ");
        }
    }

    @Test
    void wrongUsageIsExitCodeTwoAndOneLine() {
        var misuses = new String[][] {{}, {"evaluat"}, {"inspect"}, {"convert", "x"}, {"inspect", "x", "--no"}};
        for (var arguments : misuses) {
            var run = CommandRun.of((Object[]) arguments);
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.out()).isEmpty();
            assertThat(run.err().lines()).singleElement().asString().startsWith("xlstm4j").endsWith("--help");
        }
        assertThat(CommandRun.of("evaluat").err()).contains("did you mean evaluate");
    }

    @Test
    void failureIsExitCodeOneAndOneLineWithoutDebug(@TempDir Path folder) {
        var run = CommandRun.of("inspect", folder.resolve("nowhere"));
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err().lines()).singleElement().asString()
                .startsWith("xlstm4j inspect: ").contains("nowhere is not a checkpoint");
    }

    @Test
    void debugAddsTheStackTrace(@TempDir Path folder) {
        var run = CommandRun.of("inspect", folder.resolve("nowhere"), "--debug");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("CheckpointException").contains("\tat org.xlstm4j.");
    }
}
