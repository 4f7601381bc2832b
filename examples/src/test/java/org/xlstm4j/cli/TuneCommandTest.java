package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.safetensors.DType;

class TuneCommandTest {
    @TempDir
    private Path folder;

    /** The teacher with a last norm of noise. */
    private Path spoilt() throws IOException {
        var source = Checkpoint.open(CommandRun.TEACHER);
        var model = source.load();
        Nd4j.getRandom().setSeed(3);
        var norm = model.parameters().get("model.norm.weight");
        norm.assign(Nd4j.randn(norm.shape()));
        return Checkpoint.write(folder.resolve("spoilt"), model, source, DType.F32).folder();
    }

    @Test
    void findsTheExpertThatKnowsTheTasks() throws IOException {
        var json = folder.resolve("tune.json");
        var out = folder.resolve("best");
        var run = CommandRun.of("tune", spoilt(), CommandRun.TEACHER, "--tasks", CommandRun.MATH, "--limit", 1,
                "--evaluations", 3, "--search", "grid", "--out", out, "--json", json,
                "--teacher", CommandRun.TEACHER.resolve("teacher_scores.json"));
        assertThat(run.exitCode()).as(run.err()).isZero();
        var facts = new ObjectMapper().readTree(json.toFile());
        assertThat(facts.path("evaluations")).hasSize(3);
        assertThat(facts.path("best").path("coefficients")).extracting(node -> node.asDouble())
                .containsExactly(0.0, 1.0);
        var expected = Checkpoint.open(CommandRun.TEACHER).load().parameters();
        assertThat(Checkpoint.open(out).load().parameters()).allSatisfy(
                (name, array) -> assertThat(array).isEqualTo(expected.get(name)));
    }

    @Test
    void refusesWrongUsageBeforeAnyWork() {
        for (var option : new String[] {"--evaluations=0", "--search=best", "--limit=0"}) {
            var run = CommandRun.of("tune", "a", "b", "--tasks", CommandRun.MATH, "--out", folder.resolve("m"), option);
            assertThat(run.exitCode()).as(option).isEqualTo(2);
            assertThat(run.err()).hasLineCount(1);
        }
        assertThat(CommandRun.of("tune", "a", "--tasks", "t", "--out", "m").exitCode()).isEqualTo(2);
    }

    @Test
    void refusesATeacherWithoutTheTasks() {
        var run = CommandRun.of("tune", CommandRun.TEACHER, CommandRun.TEACHER, "--tasks", CommandRun.MATH,
                "--out", folder.resolve("m"), "--teacher", CommandRun.TEACHER.resolve("config.json"));
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).hasLineCount(1).contains("config.json");
        assertThat(folder.resolve("m")).doesNotExist();
    }
}
