package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.watch.StatsFile;
import org.xlstm4j.model.ParameterNames;

/** Saving and going on, and what else may be chosen for either stage. */
class TrainingOptionsTest {
    @TempDir
    private static Path shared;
    private static Path student;
    private static Path data;
    private static Path store;

    @TempDir
    private Path folder;

    @BeforeAll
    static void capture() throws IOException {
        student = CommandRun.student(shared.resolve("student"), 4);
        data = Files.writeString(shared.resolve("data.jsonl"),
                "{\"prompt\": \"Compute 1 + 2 =\", \"answer\": \" 3\"}\n".repeat(12));
        store = shared.resolve("store");
        var run = CommandRun.of("capture", CommandRun.TEACHER, "--data", data, "--out", store, "--top-k", 3, "--time",
                24, "--batch", 2);
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    private CommandRun run(String command, String out, Object... more) {
        var arguments = new ArrayList<Object>(command.equals("align")
                ? List.of("align", CommandRun.TEACHER, student, "--data", data, "--time", 24)
                : List.of("distill", student));
        arguments.addAll(List.of("--batch", 2, "--out", folder.resolve(out)));
        arguments.addAll(Arrays.asList(more));
        return CommandRun.of(arguments.toArray());
    }

    private String fingerprint(String out) throws IOException {
        return Checkpoint.open(folder.resolve(out)).fingerprint();
    }

    private CommandRun succeeds(CommandRun run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    @Test
    void distillationGoesOnAsIfThereHadBeenNoBreak() throws IOException {
        var stats = folder.resolve("stats.jsonl");
        Object[] settings = {"--targets", store, "--schedule", "constant", "--warmup", 2, "--accumulate", 2};
        succeeds(run("distill", "straight", with(settings, "--steps", 5)));
        Object[] saved = with(settings, "--checkpoints", folder.resolve("saved"), "--every", 2, "--stats", stats);
        succeeds(run("distill", "first", with(saved, "--steps", 3)));
        var resumed = succeeds(run("distill", "resumed", with(saved, "--steps", 5, "--resume")));
        assertThat(resumed.err()).contains("going on after step 3");
        assertThat(fingerprint("resumed")).isEqualTo(fingerprint("straight")).isNotEqualTo(fingerprint("first"));
        assertThat(StatsFile.read(stats)).extracting(line -> line.get("step").asInt()).containsExactly(1, 2, 3, 4, 5);

        var done = succeeds(run("distill", "again", with(saved, "--steps", 5, "--resume")));
        assertThat(done.out()).contains("5 steps").contains("all of them before");
        assertThat(fingerprint("again")).isEqualTo(fingerprint("straight"));

        var other = run("distill", "other", with(saved, "--steps", 6, "--resume", "--kl-weight", 0.5));
        assertThat(other.exitCode()).isEqualTo(1);
        assertThat(other.err()).contains("KL weight 0.1 against 0.5").hasLineCount(1);
        var occupied = run("distill", "other", with(saved, "--steps", 6));
        assertThat(occupied.exitCode()).isEqualTo(1);
        assertThat(occupied.err()).contains("holds the checkpoints of an earlier training").hasLineCount(1);
        assertThat(folder.resolve("other")).doesNotExist();
    }

    private static Object[] with(Object[] first, Object... more) {
        var all = new ArrayList<>(Arrays.asList(first));
        all.addAll(Arrays.asList(more));
        return all.toArray();
    }

    @Test
    void alignmentGoesOnAsIfThereHadBeenNoBreak() throws IOException {
        var stats = folder.resolve("stats.jsonl");
        Object[] settings = {"--schedule", "constant", "--warmup", 1};
        succeeds(run("align", "straight", with(settings, "--steps", 5, "--threads", 1)));
        Object[] saved = with(settings, "--checkpoints", folder.resolve("saved"), "--every", 2, "--keep", 1, "--stats",
                stats);
        succeeds(run("align", "first", with(saved, "--steps", 3)));
        assertThat(folder.resolve("saved")).isDirectoryContaining("glob:**/step-0000000003.safetensors")
                .isDirectoryNotContaining("glob:**/step-0000000002.safetensors");
        succeeds(run("align", "resumed", with(saved, "--steps", 5, "--resume", "--chart",
                folder.resolve("curves.png"))));
        assertThat(fingerprint("resumed")).isEqualTo(fingerprint("straight")).isNotEqualTo(fingerprint("first"));
        assertThat(folder.resolve("curves.png")).isNotEmptyFile();
        assertThat(StatsFile.read(stats)).hasSize(5).allSatisfy(line -> assertThat(line.get("losses")).hasSize(4));
    }

    @Test
    void selectedParametersTrainAlone() throws IOException {
        succeeds(run("distill", "mixers", "--targets", store, "--steps", 1, "--train", "mixers"));
        var before = Checkpoint.open(student).load().parameters();
        var after = Checkpoint.open(folder.resolve("mixers")).load().parameters();
        assertThat(before.keySet()).filteredOn(name -> !before.get(name).equals(after.get(name))).isNotEmpty()
                .allMatch(ParameterNames::isMixer);
        succeeds(run("distill", "lora", "--targets", store, "--steps", 2, "--lora", 2));
        var adapted = Checkpoint.open(folder.resolve("lora")).load().parameters();
        assertThat(before.keySet()).filteredOn(name -> !before.get(name).equals(adapted.get(name)))
                .anyMatch(name -> name.endsWith("q_proj.weight"))
                .allMatch(name -> ParameterNames.isMixer(name) || name.endsWith("_proj.weight"));
    }

    @Test
    void aLiveTeacherTakesTheStoresPlace() throws IOException {
        var run = succeeds(run("distill", "live", "--teacher", CommandRun.TEACHER, "--data", data, "--time", 24,
                "--top-k", 3, "--steps", 2));
        assertThat(run.out()).contains("2 steps");
        assertThat(run.err()).containsPattern("data: \\d+ documents, \\d+ tokens in \\d+ rows, \\d+\\.\\d% full");
        var both = run("distill", "both", "--teacher", CommandRun.TEACHER, "--data", data, "--targets", store);
        assertThat(both.exitCode()).isEqualTo(2);
        assertThat(run("distill", "none").exitCode()).isEqualTo(2);
        for (var options : new Object[][] {{}, {"--data", data, "--held-out", 2}, {"--data", data, "--time", 1},
                {"--data", data, "--max-corrupt", "x"}, {"--data", data, "--mix", "a=" + data}}) {
            var wrong = run("distill", "wrong", with(new Object[] {"--teacher", CommandRun.TEACHER}, options));
            assertThat(wrong.exitCode()).as(Arrays.toString(options)).isEqualTo(2);
            assertThat(wrong.err()).as(Arrays.toString(options)).hasLineCount(1);
        }
    }

    @Test
    void aLiveTeacherIsAskedOfAMixtureWithoutItsHeldOutShareAndGoesOnExactly() throws IOException {
        var math = Path.of("demo", "data", "math.train.jsonl.gz");
        Object[] settings = {"--mix", "math:3=" + math + ",own:1=" + data, "--teacher", CommandRun.TEACHER,
                "--held-out", 0.2, "--top-k", 3, "--time", 24, "--shuffle-tokens", 2000, "--schedule", "constant",
                "--warmup", 1, "--accumulate", 2};
        var straight = succeeds(run("distill", "straight", with(settings, "--steps", 4, "--data-threads", 2)));
        assertThat(straight.err()).containsPattern("math 7\\d\\.\\d%, own 2\\d\\.\\d%, .*\\d+ in the other part");
        Object[] saved = with(settings, "--checkpoints", folder.resolve("saved"), "--data-threads", 1);
        succeeds(run("distill", "first", with(saved, "--steps", 3)));
        succeeds(run("distill", "resumed", with(saved, "--steps", 4, "--resume")));
        assertThat(fingerprint("resumed")).isEqualTo(fingerprint("straight")).isNotEqualTo(fingerprint("first"));
        var done = succeeds(run("distill", "again", with(saved, "--steps", 4, "--resume")));
        assertThat(done.out()).contains("all of them before");
        assertThat(fingerprint("again")).isEqualTo(fingerprint("straight"));
        var other = run("distill", "other", with(saved, "--steps", 5, "--resume", "--answer-only"));
        assertThat(other.exitCode()).isEqualTo(1);
        assertThat(other.err()).contains("data").hasLineCount(1);
    }

    @Test
    void withoutStepsALiveTeacherIsAskedOfAllTheDataOnce() {
        var run = succeeds(run("distill", "live", "--teacher", CommandRun.TEACHER, "--data", data, "--time", 24,
                "--top-k", 3));
        // 12 documents of 11 tokens, two in a row of 24.
        assertThat(run.out()).contains("3 steps, 132 tokens");
    }

    @Test
    void heldOutRowsAreMeasuredAndEndTraining() throws IOException {
        var run = succeeds(run("distill", "measured", "--targets", store, "--evaluate", store, "--evaluate-every", 2,
                "--patience", 1, "--steps", 30, "--rate", 0.05, "--schedule", "constant"));
        assertThat(run.err()).containsPattern("step 2: held-out cross-entropy \\d+\\.\\d{4}, KL \\d+\\.\\d{5}");
        assertThat(run.out()).contains("stopped early, with the best student: held-out KL");
    }

    @Test
    void aShortTrainingIsMeasuredAtItsEnd() throws IOException {
        var run = succeeds(run("distill", "short", "--targets", store, "--evaluate", store, "--steps", 3));
        assertThat(run.err()).contains("step 3: held-out cross-entropy");
    }

    @Test
    void wrongUsageIsRefusedBeforeAnythingIsRead() {
        var checkpoints = folder.resolve("c");
        for (var options : new Object[][] {{"--resume"}, {"--every", 5}, {"--accumulate", 0}, {"--lora", 0},
                {"--checkpoints", checkpoints, "--every", 0}, {"--checkpoints", checkpoints, "--keep", 0},
                {"--schedule", "linear"}, {"--warmup", -1}, {"--patience", 2}, {"--skip-bad", -1},
                {"--evaluate", store, "--patience", -1}, {"--held-out", 0.1}, {"--data", data},
                {"--freeze", "*.mlp.*", "--divergence", 1}}) {
            var run = run("distill", "wrong", with(new Object[] {"--targets", store}, options));
            assertThat(run.exitCode()).as(Arrays.toString(options)).isEqualTo(2);
            assertThat(run.err()).as(Arrays.toString(options)).hasLineCount(1);
        }
        for (var options : new Object[][] {{"--resume"}, {"--threads", 0}, {"--warmup", -1},
                {"--checkpoints", checkpoints, "--keep", 0}}) {
            assertThat(run("align", "wrong", options).exitCode()).as(Arrays.toString(options)).isEqualTo(2);
        }
        assertThat(checkpoints).doesNotExist();
        var pattern = run("distill", "wrong", "--targets", store, "--freeze", "*.mpl.*");
        assertThat(pattern.exitCode()).isEqualTo(1);
        assertThat(pattern.err()).contains("no parameter is called *.mpl.*").hasLineCount(1);
    }

    @Test
    void aFolderThatCannotBeWrittenToStopsTraining() throws IOException {
        var file = Files.writeString(folder.resolve("file"), "no folder");
        var run = run("distill", "out", "--targets", store, "--steps", 2, "--checkpoints", file);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("file").hasLineCount(1);
        assertThat(folder.resolve("out")).doesNotExist();
    }
}
