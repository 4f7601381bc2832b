package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xlstm4j.cli.AblationPlan.Arm;
import org.xlstm4j.cli.AblationPlan.Comparison;
import org.xlstm4j.cli.AblationPlan.Settings;
import org.xlstm4j.cli.AblationResult.Outcome;

class AblationTest {
    private static final Settings TINY = new Settings(List.of(1L, 2L), 4, 32, 2, 2e-2, 3e-4, 8, 4, 2, 5, 0);

    @TempDir
    private static Path home;

    @TempDir
    private Path folder;

    /** The demo's teacher, with a little of its data. */
    @BeforeAll
    static void makeHome() throws IOException {
        CommandRun.copyOfTeacher(home.resolve("teacher-llama-1m"));
        var data = Files.createDirectories(home.resolve("data"));
        for (var domain : DemoSettings.DOMAINS) {
            var name = domain + ".train.jsonl.gz";
            try (var lines = new BufferedReader(new InputStreamReader(new GZIPInputStream(
                    Files.newInputStream(Path.of("demo", "data", name))), StandardCharsets.UTF_8))) {
                Files.write(data.resolve(name), lines.lines().limit(60).toList());
            }
            Files.copy(Path.of("demo", "data", domain + ".eval.jsonl"), data.resolve(domain + ".eval.jsonl"));
        }
    }

    static Stream<Function<Settings, AblationPlan>> plans() {
        return Stream.of(AblationPlan::mixers, AblationPlan::weights, AblationPlan::stages);
    }

    /** Two students of a plan. */
    private static AblationPlan pair(AblationPlan plan, int from, int to) {
        var arms = List.of(plan.arms().get(from), plan.arms().get(to));
        return new AblationPlan(plan.name(), plan.title(), plan.settings(), arms,
                List.of(new Comparison(arms.get(0), arms.get(1))));
    }

    private AblationResult run(AblationPlan plan) throws IOException {
        var console = new Console(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()));
        return new Ablation(plan, home, console).run(folder);
    }

    @ParameterizedTest
    @MethodSource("plans")
    void everyStudentHasTheSameBudgetAndANameOfItsOwn(Function<Settings, AblationPlan> plans) {
        for (int steps : new int[] {4, 5, 7, 200}) {
            var plan = plans.apply(Settings.of(List.of(1L), steps, 3e-4, 16, 4, 0));
            assertThat(plan.arms()).allMatch(arm -> arm.alignSteps() + arm.distillSteps() == steps);
            assertThat(plan.arms()).allMatch(arm -> arm.distillSteps() > 0);
            assertThat(plan.arms().stream().map(Arm::name)).doesNotHaveDuplicates();
            assertThat(plan.comparisons()).hasSize(plan.arms().size() - 1)
                    .allMatch(pair -> plan.arms().contains(pair.from()) && plan.arms().contains(pair.to()));
        }
    }

    @Test
    void measuresEveryStudentOfEverySeed() throws IOException {
        var result = run(pair(AblationPlan.mixers(TINY), 1, 2));
        assertThat(result.outcomes()).hasSize(4).allSatisfy(outcome -> {
            assertThat(outcome.kl()).isPositive();
            assertThat(outcome.crossEntropy()).isGreaterThan(result.teacher().crossEntropy());
            assertThat(outcome.alignSeconds()).isPositive();
            assertThat(outcome.distillSeconds()).isPositive();
        });
        assertThat(result.teacher().kl()).isZero();
        // Documents of 11 tokens and more, behind the first four of which lies a window of four.
        assertThat(result.beyondWindow()).isBetween(0.6, 0.95);
        // Even at their start, students without a window are further from the teacher than those with one.
        var pair = result.plan().comparisons().get(0);
        assertThat(result.spread(pair.from(), Outcome::kl).mean())
                .isGreaterThan(2 * result.spread(pair.to(), Outcome::kl).mean());
        assertThat(result.lower(pair, Outcome::kl)).isEqualTo(2);
        try (var files = Files.list(folder)) {
            assertThat(files).as("targets are deleted").isEmpty();
        }
    }

    @Test
    void theSameSeedGivesTheSameFigures() throws IOException {
        var settings = new Settings(List.of(3L), 4, 32, 2, 2e-2, 3e-4, 8, 4, 2, 5, 0);
        var plan = pair(AblationPlan.weights(settings), 0, 4);
        var first = run(plan).outcomes();
        var second = run(plan).outcomes();
        assertThat(first).extracting(Outcome::crossEntropy).containsExactlyElementsOf(
                second.stream().map(Outcome::crossEntropy).toList());
        assertThat(first.stream().map(Outcome::kl).distinct()).hasSize(first.size());
    }

    @Test
    void stageTwoAloneHasNoStageOne() throws IOException {
        var settings = new Settings(List.of(3L), 4, 32, 2, 2e-2, 3e-4, 8, 4, 2, 5, 1);
        var result = run(pair(AblationPlan.stages(settings), 0, 2));
        var alone = result.plan().arms().get(0);
        assertThat(result.spread(alone, Outcome::alignSeconds).mean()).isZero();
        assertThat(result.spread(alone, Outcome::exactMatch).mean()).isBetween(0.0, 1.0);
        assertThat(result.spread(alone, Outcome::kl).deviation()).isNaN();

        AblationReport.write(result, folder.resolve("report"));
        assertThat(folder.resolve("report/report.md")).content().contains("25% I + II", "II alone -> 25% I + II",
                "![KL](kl.png)", "4 steps of 2 rows of 32 tokens");
        assertThat(Outputs.readJson(folder.resolve("report/settings.json")).get("outcomes")).hasSize(2);
        assertThat(folder.resolve("report/kl.png")).isNotEmptyFile();
        assertThat(folder.resolve("report/cross-entropy.png")).isNotEmptyFile();
    }

    @Test
    void changesArePairedBySeed() {
        var plan = AblationPlan.stages(TINY);
        var arms = plan.arms();
        var outcomes = Stream.of(1L, 2L).flatMap(seed -> arms.stream().map(arm -> new Outcome(arm.name(), seed,
                seed + (arm == arms.get(0) ? 0.5 : 0.25 * seed), arms.indexOf(arm), 0, 1, 2))).toList();
        var result = new AblationResult(plan, outcomes.get(0), outcomes, 0.5, 1, 1);
        var pair = plan.comparisons().get(0);
        assertThat(result.spread(arms.get(0), Outcome::crossEntropy).mean()).isCloseTo(2, within(1e-12));
        assertThat(result.change(pair, Outcome::crossEntropy).mean()).isCloseTo(-0.125, within(1e-12));
        assertThat(result.change(pair, Outcome::crossEntropy).deviation())
                .isCloseTo(Math.sqrt(0.03125), within(1e-12));
        assertThat(result.lower(pair, Outcome::crossEntropy)).isEqualTo(1);
        assertThat(result.change(pair, Outcome::kl).text(2)).isEqualTo("1.00 ± 0.00");
        assertThat(AblationReport.changes(result).lines()).anyMatch(line -> line.contains("1 of 2"));
    }

    @Test
    void wrongUsageIsRefusedBeforeAnythingIsRead() throws IOException {
        for (var option : new String[] {"--steps=3", "--seeds=0", "--items=-1", "--rate=0", "--window=0",
            "--sinks=0"}) {
            var run = CommandRun.of("ablate", "mixers", "--home", folder.resolve("none"), "--out",
                    folder.resolve("out"), option);
            assertThat(run.exitCode()).as(option).isEqualTo(2);
            assertThat(run.err()).as(option).hasLineCount(1);
        }
        assertThat(CommandRun.of("ablate").err()).contains("mixers, weights, stages");
        Files.createFile(folder.resolve("full"));
        var full = CommandRun.of("ablate", "weights", "--out", folder);
        assertThat(full.exitCode()).isEqualTo(1);
        assertThat(full.err()).contains("exists already");
        assertThatThrownBy(() -> Settings.of(List.of(1L), 2, 1, 4, 1, 0)).hasMessageContaining("at least 4 steps");
    }
}
