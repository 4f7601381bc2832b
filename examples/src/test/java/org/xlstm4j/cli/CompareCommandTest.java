package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.ItemResult;
import org.xlstm4j.distill.evaluate.NeedleResult;
import org.xlstm4j.distill.evaluate.TaskResult;

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
        assertThat(facts.path("students").fieldNames()).toIterable().containsExactly("student", "student-2");
        assertThat(facts.at("/students/student/criticalAlpha/value").asDouble()).isCloseTo(0.1, within(1e-12));
        assertThat(facts.at("/students/student/criticalAlpha").has("low")).isFalse();
        assertThat(facts.at("/students/student/tasks/1/outcome").asText()).isEqualTo("loss");
        assertThat(facts.at("/front/parts/0/best")).hasSize(2);
    }

    @Test
    void writesReportsWithGatesAndCosts() throws IOException {
        var gates = Files.writeString(folder.resolve("g.json"), "{\"gates\": [[0.25, 1], [0, 0.5]]}");
        var html = folder.resolve("new/report.html");
        var markdown = folder.resolve("report.md");
        var run = CommandRun.of("compare", "--teacher", teacher, "--student", student, "--html", html, "--markdown",
                markdown, "--gates", gates, "--cost", "student=5", "--cost", "teacher=9", "--cost-name", "GB",
                "--title", "A <title>");
        assertThat(run.err()).contains("taken as exact");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).containsPattern("(?m)^student +5.0 +0.8000 +yes$");
        assertThat(Files.readString(html)).contains("<h1>A &lt;title&gt;</h1>", "layer 0, head 0: 0.250",
                "Recovery against cost");
        assertThat(Files.readString(markdown)).contains("# A &lt;title&gt;", "| 0 | 0.250 | 1.000 |",
                "| teacher | 9 | 1.000 | no |");
    }

    @Test
    void showsTheNeedlesOfReports() throws IOException {
        var found = needles("finder", true);
        var lost = needles("loser", false);
        var html = folder.resolve("report.html");
        var run = CommandRun.of("compare", "--teacher", found, "--student", lost, "--html", html);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("(?m)^needle-64 +1.000 +0.000 +0.000 \\[0.000, 0.000]$");
        assertThat(Files.readString(html)).contains("Needles found by finder", "Needles found by loser",
                "depth 50%, length 64: 0.000", "depth 50%, length 64: 1.000");
    }

    private Path needles(String model, boolean found) throws IOException {
        var items = new ArrayList<ItemResult>();
        for (int i = 0; i < 3; i++) {
            items.add(new NeedleResult(i, 64, i / 2.0, "Oslo", "123", "hay", found ? "123" : "", found));
        }
        var file = folder.resolve(model + ".json");
        new EvaluationReport(model, EvaluationOptions.defaults(), List.of(TaskResult.of("needle-64", items)))
                .write(file);
        return file;
    }

    @Test
    void takesCostsFromABenchmark() throws IOException {
        var bench = Files.writeString(folder.resolve("bench.json"), """
                {"format": "xlstm4j-inference-bench-1", "points": [
                  {"model": "teacher", "context": 128, "decodeTokensPerSecondMedian": 9.0},
                  {"model": "student", "context": 128, "decodeTokensPerSecondMedian": 7.0, "peakBytes": 5},
                  {"model": "student", "context": 256, "decodeTokensPerSecondMedian": 6.5},
                  {"model": "student", "context": 512, "failure": "out of memory"}]}""");
        assertThat(compare("--bench", "student=" + bench).out())
                .contains("decode, tokens/s at 256 tokens").containsPattern("(?m)^student +6.5 +0.8000 +yes$");
        assertThat(compare("--bench", "student=" + bench, "--bench-context", 128).out())
                .containsPattern("(?m)^student +7.0 +0.8000 +yes$").containsPattern("(?m)^teacher +9.0 +1.0000 +no$");
        assertThat(compare("--bench", "student=" + bench, "--bench-figure", "memory").out())
                .contains("peak memory, bytes at 128 tokens").containsPattern("(?m)^student +5.0 ");
        assertThat(failure("--bench", "student=" + bench, "--bench-context", 512))
                .contains("student's decode at 512 tokens; they share [128, 256]");
        assertThat(failure("--bench", "student=" + bench, "--bench-figure", "prefill")).contains("at one context");
        assertThat(failure("--bench", "student=" + teacher)).contains("not what bench inference --json writes");
        assertThat(failure("--bench", "student=" + bench, "--cost", "student=1")).contains("use one");
    }

    @Test
    void readsResultsOfTheHarness() throws IOException {
        var results = "{\"results\": {\"mmlu\": {\"acc,none\": %s, \"acc_stderr,none\": 0.01}, \"gsm8k\": "
                + "{\"exact_match,strict-match\": 0.3, \"exact_match,flexible-extract\": %s}}, \"model_name\": \"%s\"}";
        var harnessTeacher = Files.writeString(folder.resolve("t.json"), results.formatted("0.6", "0.5", "big"));
        var harnessStudent = Files.writeString(folder.resolve("s.json"), results.formatted("0.54", "0.4", "small"));
        var run = CommandRun.of("compare", "--teacher", harnessTeacher, "--student", harnessStudent,
                "--metric", "gsm8k=exact_match,flexible-extract", "--seed", 7, "--draws", 500);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("(?m)^gsm8k +0.500 +0.400 +0.800$")
                .containsPattern("(?m)^mmlu +0.600 +0.540 +0.900 \\[0.8\\d\\d, 0.9\\d\\d]$")
                .containsPattern("(?m)^small +0.000 \\[0.000, 0.000] +0.1000 .* no$");
        assertThat(run.err()).contains("The intervals of small on mmlu rest on the standard errors");
    }

    @Test
    void domainsAreThoseOfTheFile() throws IOException {
        var domains = Files.writeString(folder.resolve("d.json"), "{\"first\": [\"a\"], \"rest\": [\"*\"]}");
        var run = CommandRun.of("compare", "--teacher", teacher, "--student", student, "--domains", domains);
        assertThat(run.out()).containsPattern("(?m)^first +1 +0.500$").containsPattern("(?m)^rest +2 +0.950$");
    }

    @Test
    void judgesCommonTasksWithoutThoseExcluded() throws IOException {
        var other = Files.writeString(folder.resolve("other.json"), "{\"a\": 40, \"b\": 50, \"d\": 100}");
        var run = CommandRun.of("compare", "--teacher", teacher, "--student", other, "--common", "--exclude", "a",
                "--percent", other);
        assertThat(run.out()).containsPattern("(?m)^other +1.000 +0.0000 +1.0000 +yes$").doesNotContain("\na ");
        assertThat(run.err()).contains("Judged on the tasks in common, 1 in number: the student other lacks c; the");
    }

    @Test
    void refusesWhatBelongsToNothing() throws IOException {
        assertThat(failure("--exclude", "zz")).contains("--exclude names [zz]");
        assertThat(failure("--percent", folder.resolve("x.json"))).contains("--percent names");
        assertThat(failure("--cost", "nobody=1")).contains("none is given of student; there is no model nobody");
        assertThat(failure("--draws", "1")).contains("2 draws or more");
        var bad = Files.writeString(folder.resolve("g.json"), "[[0.5, \"x\"]]");
        assertThat(failure("--html", folder.resolve("r.html"), "--gates", bad))
                .contains("g.json: the gates of g must be");
        assertThat(failure("--html", folder.resolve("r.html"), "--gates", CommandRun.TEACHER))
                .contains("name some with --gate-text");
        assertThat(folder.resolve("r.html")).doesNotExist();
    }

    private CommandRun compare(Object... more) {
        var arguments = new ArrayList<Object>(List.of("compare", "--teacher", teacher, "--student", student));
        arguments.addAll(List.of(more));
        return CommandRun.of(arguments.toArray());
    }

    private String failure(Object... more) {
        var run = compare(more);
        assertThat(run.exitCode()).isNotZero();
        return run.err();
    }

    @Test
    void showsTheGatesOfACheckpoint() throws IOException {
        var checkpoint = CommandRun.student(folder.resolve("converted"), 8);
        var html = folder.resolve("report.html");
        var run = CommandRun.of("compare", "--teacher", teacher, "--student", student, "--html", html,
                "--gates", checkpoint, "--gate-text", CommandRun.MATH);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(Files.readString(html)).contains("<h3>converted</h3>", "layer 1, head 0: 0.");
        assertThat(failure("--html", html, "--gates", CommandRun.TEACHER, "--gate-text", CommandRun.MATH))
                .contains("is a teacher: only students have gates");
    }

    @Test
    void refusesOtherTasks() throws IOException {
        var other = Files.writeString(folder.resolve("other.json"), "{\"a\": 0.4, \"d\": 1}");
        var run = CommandRun.of("compare", "--teacher", teacher, "--student", other);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("the student other lacks b, c; the teacher teacher lacks d").hasLineCount(1);
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
