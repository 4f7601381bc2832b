package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each command against the one without Spark. */
class SparkCommandTest {
    private static final Path DATA = Path.of("demo", "data", "stem.eval.jsonl");
    private static final Object[] TEXT = {"--time", 48, "--batch", 4, "--shuffle-tokens", 2000};

    @TempDir
    private Path folder;

    private static CommandRun run(Object... arguments) {
        var run = CommandRun.of(arguments);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    private static CommandRun spark(String command, Object... arguments) {
        var all = new ArrayList<Object>(List.of("spark", command, "--master", "local[2]", "--set",
                "spark.ui.enabled=false"));
        all.addAll(Arrays.asList(arguments));
        return run(all.toArray());
    }

    /** The arguments with those of {@code more} behind them. */
    private static Object[] with(Object[] more, Object... arguments) {
        var all = new ArrayList<Object>(Arrays.asList(arguments));
        all.addAll(Arrays.asList(more));
        return all.toArray();
    }

    @Test
    void theWholeWayGivesWhatItGivesWithoutSpark() throws IOException {
        var few = Files.write(folder.resolve("few.jsonl"), Files.readAllLines(DATA).subList(0, 40));
        var start = CommandRun.student(folder.resolve("start"), 4);

        run(with(TEXT, "align", CommandRun.TEACHER, start, "--data", few, "--steps", 2, "--out",
                folder.resolve("one")));
        var aligned = spark("align", with(TEXT, CommandRun.TEACHER, start, "--data", few, "--steps", 2, "--out",
                folder.resolve("many"), "--parts", 3));
        assertThat(aligned.out()).hasLineCount(2 + 4);
        requireSame("many/model.safetensors", "one/model.safetensors");

        run(with(TEXT, "capture", CommandRun.TEACHER, "--mix", "a:2=" + few, "--top-k", 6, "--out",
                folder.resolve("one.targets")));
        var captured = spark("capture", with(TEXT, CommandRun.TEACHER, "--mix", "a:2=" + few, "--top-k", 6, "--out",
                folder.resolve("many.targets"), "--parts", 5));
        assertThat(captured.out()).contains("rows of 48 tokens, top 6").hasLineCount(1);
        requireSame("many.targets", "one.targets");

        var store = folder.resolve("one.targets");
        run("distill", folder.resolve("one"), "--targets", store, "--steps", 2, "--batch", 2, "--out",
                folder.resolve("expert"));
        var experts = spark("experts", folder.resolve("one"), "--expert", folder.resolve("a") + "=" + store,
                "--expert", folder.resolve("b") + "=" + store, "--steps", 2, "--batch", 2, "--merge",
                folder.resolve("merged"), "--weights", "0.25,0.75");
        assertThat(experts.out()).hasLineCount(3).contains("2 experts with coefficients 0.25,0.75");
        requireSame("a/model.safetensors", "expert/model.safetensors");
        requireSame("b/model.safetensors", "expert/model.safetensors");
        requireSame("merged/config.json", "expert/config.json");

        run("evaluate", folder.resolve("one"), "--tasks", DATA, "--limit", 14, "--max-new-tokens", 3, "--json",
                folder.resolve("one.json"));
        spark("evaluate", folder.resolve("one"), "--tasks", DATA, "--limit", 14, "--max-new-tokens", 3, "--json",
                folder.resolve("many.json"));
        requireSame("many.json", "one.json");
    }

    private void requireSame(String many, String one) {
        assertThat(folder.resolve(many)).hasSameBinaryContentAs(folder.resolve(one));
    }

    @Test
    void refusesWrongUsage() {
        var misuses = new Object[][] {{"spark"}, {"spark", "capture"},
            {"spark", "capture", "t", "--data", DATA, "--out", "o"},
            {"spark", "capture", "t", "--data", DATA, "--out", "o", "--master", "local", "--parts", 0},
            {"spark", "capture", "t", "--data", DATA, "--out", "o", "--master", "local", "--top-k", 0},
            {"spark", "align", "t", "s", "--data", DATA, "--out", "o", "--master", "local", "--steps", 0},
            {"spark", "experts", "s", "--expert", "a=b", "--master", "local", "--merge", "m", "--weights", "0.5,0.5"},
            {"spark", "experts", "s", "--expert", "a=b", "--master", "local", "--batch", 0},
            {"spark", "evaluate", "m", "--tasks", DATA, "--master", "local", "--limit", 0}};
        for (var arguments : misuses) {
            var run = CommandRun.of(arguments);
            assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
            assertThat(run.err()).hasLineCount(1);
        }
    }

    @Test
    void failuresAreOneLine() {
        var run = CommandRun.of("spark", "evaluate", folder.resolve("nowhere"), "--tasks", DATA, "--master", "local",
                "--set", "spark.ui.enabled=false");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err().lines()).filteredOn(line -> line.startsWith("xlstm4j spark evaluate: ")).singleElement()
                .asString().contains("nowhere is not a checkpoint");
    }
}
