package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {
    @TempDir
    private Path folder;
    private Path teacher;
    private Path student;

    @BeforeEach
    void scores() throws IOException {
        teacher = Files.writeString(folder.resolve("teacher.json"), "{\"a\": 0.8, \"b\": 0.5, \"c\": 1.0}");
        student = Files.writeString(folder.resolve("student.json"), "{\"a\": 0.4, \"b\": 0.45, \"c\": 1.0}");
    }

    @Test
    void printsRecoveryAndCriticalAlpha() {
        var run = CommandRun.of("compare", "--teacher", teacher, "--student", student, teacher);
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).containsPattern("(?m)^a +0.800 +0.400 +0.500 +0.800 +1.000$")
                .containsPattern("(?m)^student +0.333 +0.1000 +0.8000 +no$")
                .containsPattern("(?m)^teacher +1.000 +0.0000 +1.0000 +yes$");
    }

    @Test
    void writesChartAndJson() throws IOException {
        var chart = folder.resolve("charts").resolve("c.png");
        var json = folder.resolve("c.json");
        var run = CommandRun.of("compare", "--teacher", teacher, "--student", student, student, "--chart", chart,
                "--json", json);
        assertThat(run.exitCode()).isZero();
        assertThat(ImageIO.read(chart.toFile()).getWidth()).isEqualTo(900);
        var facts = new ObjectMapper().readTree(json.toFile());
        assertThat(facts.fieldNames()).toIterable().containsExactly("student", "student-2");
        assertThat(facts.path("student").path("criticalAlpha").asDouble()).isCloseTo(0.1, within(1e-12));
    }

    @Test
    void refusesOtherTasks() throws IOException {
        var other = Files.writeString(folder.resolve("other.json"), "{\"a\": 0.4, \"d\": 1}");
        var run = CommandRun.of("compare", "--teacher", teacher, "--student", other);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("the student lacks b, c").hasLineCount(1);
    }

    @Test
    void refusesAFileThatIsNoReport() throws IOException {
        var broken = Files.writeString(folder.resolve("broken.json"), "{\"a\": ");
        var run = CommandRun.of("compare", "--teacher", teacher, "--student", broken);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("broken.json: broken JSON in line 1").hasLineCount(1);
        assertThat(CommandRun.of("compare", "--teacher", folder.resolve("none.json"), "--student", student).err())
                .contains("none.json: there is no such file");
    }
}
