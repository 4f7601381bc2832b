package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.HybridConfig.Memory;
import org.xlstm4j.safetensors.DType;

class ConvertCommandTest {
    @TempDir
    private Path folder;

    @Test
    void writesTheStudent() throws IOException {
        var out = folder.resolve("s");
        var run = CommandRun.of("convert", CommandRun.TEACHER, "--out", out, "--window", 16, "--sinks", 2,
                "--chunk-size", 8, "--dtype", "bf16");
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        var student = Checkpoint.open(out);
        assertThat(student.config().hybrid()).contains(new HybridConfig(16, 2, 8));
        assertThat(student.report().isExact()).isTrue();
        assertThat(student.summary().dtypes()).containsOnlyKeys(DType.BF16);
        assertThat(out.resolve("tokenizer.json")).hasSameBinaryContentAs(CommandRun.TEACHER.resolve("tokenizer.json"));
    }

    @Test
    void writesStudentsThatLackParts() throws IOException {
        var linear = folder.resolve("linear");
        var run = CommandRun.of("convert", CommandRun.TEACHER, "--out", linear, "--memory", "linear", "--window", 0);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("linear attention, no window");
        var config = Checkpoint.open(linear).config().hybrid().orElseThrow();
        assertThat(config).isEqualTo(new HybridConfig(Memory.LINEAR, 0, 0, HybridConfig.DEFAULT_CHUNK_SIZE));
        assertThat(CommandRun.of("inspect", linear).out()).contains("memory").contains("linear");
        var sinks = CommandRun.of("convert", CommandRun.TEACHER, "--out", folder.resolve("s"), "--window", 0,
                "--sinks", 2);
        assertThat(sinks.exitCode()).isEqualTo(2);
        assertThat(sinks.err()).contains("with no window there must be none, there were 2");
    }

    @ParameterizedTest
    @CsvSource({"--window,-1,window", "--memory,rwkv,--memory", "--sinks,-1,sinks", "--chunk-size,0,chunkSize", "--dtype,i8,--dtype"})
    void refusesSettingsThatMakeNoStudent(String option, String value, String said) {
        var out = folder.resolve("s");
        var run = CommandRun.of("convert", CommandRun.TEACHER, "--out", out, option + "=" + value);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains(said).hasLineCount(1);
        assertThat(out).doesNotExist();
    }

    @Test
    void leavesAnExistingTargetAlone() throws IOException {
        var out = Files.createDirectory(folder.resolve("s"));
        var kept = Files.writeString(out.resolve("kept"), "kept");
        var run = CommandRun.of("convert", CommandRun.TEACHER, "--out", out);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(out + " exists already").hasLineCount(1);
        assertThat(out).isDirectoryContaining(file -> file.equals(kept));
    }

    @Test
    void refusesAStudent() {
        var student = CommandRun.student(folder.resolve("s"), 4);
        var run = CommandRun.of("convert", student, "--out", folder.resolve("t"));
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("student already");
        assertThat(folder.resolve("t")).doesNotExist();
    }
}
