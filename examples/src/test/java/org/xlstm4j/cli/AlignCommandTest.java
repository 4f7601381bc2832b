package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.model.ParameterNames;

class AlignCommandTest {
    private static final Path DATA = Path.of("demo", "data", "math.train.jsonl.gz");

    @TempDir
    private Path folder;

    @Test
    void trainsTheMixersAlone() throws IOException {
        var student = CommandRun.student(folder.resolve("s"), 4);
        var out = folder.resolve("aligned");
        var run = CommandRun.of("align", CommandRun.TEACHER, student, "--data", DATA, "--out", out, "--steps", 2,
                "--time", 64, "--batch", 2, "--shuffle-tokens", 5000);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).hasLineCount(2 + 4).containsPattern("(?m)^3 +0\\.\\d{5} +0\\.\\d{5} +\\d\\.\\d{3}$");
        var before = Checkpoint.open(student).load().parameters();
        var after = Checkpoint.open(out).load().parameters();
        assertThat(before.keySet()).filteredOn(name -> !before.get(name).equals(after.get(name))).isNotEmpty()
                .allMatch(ParameterNames::isMixer);
    }

    @Test
    void readsMixturesAndReportsWhatItRead() throws IOException {
        var student = CommandRun.student(folder.resolve("s"), 4);
        var data = folder.resolve("data");
        Files.createDirectories(data);
        Files.writeString(data.resolve("a.txt"), "Some text of a few words, a document a file.");
        Files.writeString(data.resolve("b.jsonl"), "{\"text\": 1}\n{\"text\": \"\"}\n");
        var run = CommandRun.of("align", CommandRun.TEACHER, student, "--mix",
                "math:3=" + DATA + ",own:1=" + data, "--max-corrupt", "50%", "--held-out", "0.2", "--out",
                folder.resolve("aligned"), "--steps", 2, "--time", 64, "--batch", 2, "--shuffle-tokens", 2000);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).containsPattern("data: \\d+ documents, \\d+ tokens in \\d+ rows, \\d+\\.\\d% full, "
                + "math 7\\d\\.\\d%, own 2\\d\\.\\d%, \\d+ corrupt, .*\\d+ in the other part");
    }

    @Test
    void refusesWrongUsage() {
        for (var option : new String[] {"--steps=0", "--time=1", "--batch=0", "--rate=0"}) {
            var run = CommandRun.of("align", "t", "s", "--data", DATA, "--out", folder.resolve("m"), option);
            assertThat(run.exitCode()).as(option).isEqualTo(2);
            assertThat(run.err()).hasLineCount(1);
        }
    }

    @Test
    void refusesAnotherTeacherUnlessToldTo() throws IOException {
        var student = CommandRun.student(folder.resolve("s"), 4);
        var config = student.resolve("config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("(\"teacher_fingerprint\"[^\"]*\")", "$1x"));
        Object[] command = {"align", CommandRun.TEACHER, student, "--data", DATA, "--steps", 1, "--time", 64, "--batch",
            2, "--shuffle-tokens", 5000, "--out", folder.resolve("aligned")};
        var refused = CommandRun.of(command);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains(student + " was made from another teacher (x").hasLineCount(1);
        var allowed = Arrays.copyOf(command, command.length + 1);
        allowed[command.length] = "--any-teacher";
        var run = CommandRun.of(allowed);
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    @Test
    void namesFileAndLineOfABrokenDocument() throws IOException {
        var student = CommandRun.student(folder.resolve("s"), 4);
        var broken = Files.writeString(folder.resolve("broken.jsonl"), "{\"text\": \"a\"}\n{\"text\": 1}\n");
        var run = CommandRun.of("align", CommandRun.TEACHER, student, "--data", broken, "--out", folder.resolve("m"));
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("broken.jsonl:2: \"text\" is not a string").hasLineCount(1);
        assertThat(folder.resolve("m")).doesNotExist();
    }
}
