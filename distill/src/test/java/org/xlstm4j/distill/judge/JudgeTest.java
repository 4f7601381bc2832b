package org.xlstm4j.distill.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.ItemResult;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.distill.evaluate.TaskResult;
import org.xlstm4j.distill.evaluate.TextResult;

class JudgeTest {
    private static final JudgeOptions OPTIONS = JudgeOptions.defaults().withDraws(500);

    @Test
    void figuresAreThoseOfTheDefinition() {
        var judged = judge(Map.of("m.a", 0.8, "m.b", 0.5, "c.a", 1.0), Map.of("m.a", 0.4, "m.b", 0.45, "c.a", 1.0));

        assertThat(judged.rateAtZero()).isEqualTo(new Estimate(1 / 3.0, Double.NaN, Double.NaN));
        assertThat(judged.criticalAlpha().value()).isCloseTo(0.1, within(1e-12));
        assertThat(judged.meanRecovery().value()).isCloseTo(0.8, within(1e-12));
        assertThat(judged.tasks()).extracting(TaskJudgement::outcome).containsExactly("tie", "loss", "loss");
        assertThat(judged.domains()).extracting(DomainJudgement::domain).containsExactly("c", "m");
        assertThat(judged.domains().get(1).recovery().value()).isCloseTo(0.7, within(1e-12));
        assertThat(judged.domains().get(1).rateAtZero().value()).isZero();
        // The last task counts from α = 0.5 on.
        assertThat(judged.curve()).hasSize(201).allSatisfy(point ->
                assertThat(point.rate().value()).isEqualTo(judged.winAndTie().rate(point.alpha())));
        assertThat(judged.curve().get(200).alpha()).isCloseTo(0.55, within(1e-12));
    }

    @Test
    void aStudentThatAnswersLikeItsTeacherIsLosslessWithCertainty() {
        var teacher = ModelScores.of(Reports.of("t", "ababab", "aabbab"));
        var student = ModelScores.of(Reports.of("s", "ababab", "aabbab"));

        var judged = Judge.judge(teacher, List.of(student), OPTIONS).students().get(0);

        // Independent draws of the two would put the lower end at 0.
        assertThat(judged.rateAtZero()).isEqualTo(new Estimate(1, 1, 1));
        assertThat(judged.tasks().get(0).recovery()).isEqualTo(new Estimate(1, 1, 1));
        assertThat(judged.tasks().get(0).uncertainty()).isEqualTo(Uncertainty.ITEMS);
    }

    /** The recovery of a student right on half of what its teacher always gets right is a binomial share. */
    @Test
    void pairedIntervalIsThatOfTheBinomial() {
        int items = 400;
        var teacher = scores("t", score(constant(items, 1)));
        var student = scores("s", score(alternating(items)));

        var recovery = Judge.judge(teacher, List.of(student), OPTIONS.withDraws(4000)).students().get(0).tasks().get(0)
                .recovery();

        var halfWidth = 1.96 * Math.sqrt(0.25 / items);
        assertThat(recovery.value()).isEqualTo(0.5);
        assertThat(recovery.low()).isCloseTo(0.5 - halfWidth, within(0.005));
        assertThat(recovery.high()).isCloseTo(0.5 + halfWidth, within(0.005));
    }

    @Test
    void intervalFromStandardErrorsIsThatOfTheNormal() {
        var teacher = scores("t", new Score("acc", 0.8, 1e-9, Collections.emptySortedMap(), true, ""));
        var student = scores("s", new Score("acc", 0.4, 0.02, Collections.emptySortedMap(), true, ""));

        var judgement = Judge.judge(teacher, List.of(student), OPTIONS.withDraws(4000));

        var recovery = judgement.students().get(0).tasks().get(0).recovery();
        assertThat(recovery.low()).isCloseTo((0.4 - 1.96 * 0.02) / 0.8, within(0.004));
        assertThat(recovery.high()).isCloseTo((0.4 + 1.96 * 0.02) / 0.8, within(0.004));
        assertThat(judgement.notes()).anyMatch(note -> note.contains("rest on the standard errors"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void drawsDependOnTheSeedAlone(boolean resampleTasks) throws IOException {
        var teacher = ModelScores.read(HarnessResultsTest.TEACHER, ScoreOptions.defaults());
        var student = ModelScores.read(HarnessResultsTest.STUDENT, ScoreOptions.defaults());
        var options = OPTIONS.withResampledTasks(resampleTasks);

        var first = Judge.judge(teacher, List.of(student, student.named("again")), options);

        assertThat(Judge.judge(teacher, List.of(student, student.named("again")), options)).isEqualTo(first);
        assertThat(first.students().get(1).criticalAlpha()).isEqualTo(first.students().get(0).criticalAlpha());
        assertThat(Judge.judge(teacher, List.of(student), options.withSeed(1)).students().get(0).meanRecovery())
                .isNotEqualTo(first.students().get(0).meanRecovery());
    }

    @Test
    void resampledTasksWidenWhatExactScoresLeaveCertain() {
        var teacher = ModelScores.plain("t", Map.of("a", 1.0, "b", 1.0, "c", 1.0, "d", 1.0));
        var student = ModelScores.plain("s", Map.of("a", 1.0, "b", 1.0, "c", 0.5, "d", 0.5));

        var exact = Judge.judge(teacher, List.of(student), OPTIONS).students().get(0);
        var resampled = Judge.judge(teacher, List.of(student), OPTIONS.withResampledTasks(true)).students().get(0);

        assertThat(exact.rateAtZero().hasInterval()).isFalse();
        assertThat(resampled.rateAtZero()).isEqualTo(new Estimate(0.5, 0, 1));
        assertThat(resampled.tasks().get(0).recovery().hasInterval()).isFalse();
    }

    @Test
    void judgesTheHarnesssResults() throws IOException {
        var judgement = Judge.judge(ModelScores.read(HarnessResultsTest.TEACHER, ScoreOptions.defaults()),
                List.of(ModelScores.read(HarnessResultsTest.STUDENT, ScoreOptions.defaults())), OPTIONS);

        var student = judgement.students().get(0);
        assertThat(student.tasks()).extracting(TaskJudgement::task, TaskJudgement::outcome, TaskJudgement::uncertainty)
                .containsExactly(tuple("arc_easy", "loss", Uncertainty.ITEMS),
                        tuple("gsm8k", "loss", Uncertainty.ITEMS), tuple("humaneval", "win", Uncertainty.NONE),
                        tuple("mmlu", "win", Uncertainty.STANDARD_ERRORS),
                        tuple("my_suite_a", "tie", Uncertainty.STANDARD_ERRORS),
                        tuple("wikitext", "loss", Uncertainty.NONE));
        assertThat(student.rateAtZero().value()).isEqualTo(0.5);
        assertThat(student.criticalAlpha().value()).isZero();
        // Perplexity 12.5 against 15.625.
        assertThat(student.tasks().get(5).recovery().value()).isCloseTo(0.8, within(1e-12));
        assertThat(judgement.notes()).anyMatch(note -> note.contains("Less is better on wikitext"))
                .anyMatch(note -> note.equals("Teacher and org/Student-1B were not scored alike on gsm8k: 8-shot,"
                        + " version 3.0 against 5-shot, version 3.0."));
    }

    @Test
    void aTeacherScoreOfZeroCountsAndIsStated() {
        var judgement = Judge.judge(ModelScores.plain("t", Map.of("a", 0.0, "b", 0.0)),
                List.of(ModelScores.plain("s", Map.of("a", 0.0, "b", 0.5))), OPTIONS);

        var student = judgement.students().get(0);
        assertThat(student.rateAtZero().value()).isEqualTo(1);
        assertThat(student.criticalAlpha().value()).isZero();
        assertThat(student.meanRecovery().value()).isNaN();
        assertThat(student.meanRecovery().text(3)).isEqualTo("-");
        assertThat(student.tasks()).extracting(TaskJudgement::outcome).containsExactly("tie", "win");
        assertThat(judgement.notes()).anyMatch(note -> note.startsWith("The teacher scores 0 on all tasks"));
    }

    @Test
    void oneTaskOfOneItemIsEnough() {
        var judged = Judge.judge(ModelScores.of(Reports.of("t", "a", "a")),
                List.of(ModelScores.of(Reports.of("s", "a", "b"))), OPTIONS).students().get(0);

        assertThat(judged.rateAtZero()).isEqualTo(new Estimate(0, 0, 0));
        assertThat(judged.criticalAlpha()).isEqualTo(new Estimate(1, 1, 1));
    }

    @Test
    void differentTasksAreAllListedOrLeftOut() {
        var teacher = ModelScores.plain("t", Map.of("a", 1.0, "b", 1.0, "c", 1.0));
        var students = List.of(ModelScores.plain("s", Map.of("b", 1.0, "d", 1.0)),
                ModelScores.plain("r", Map.of("a", 1.0, "b", 0.5)));

        assertThatThrownBy(() -> Judge.judge(teacher, students, OPTIONS)).isInstanceOf(JudgeException.class)
                .hasMessageContaining("the student s lacks a, c; the student r lacks c; the teacher t lacks d")
                .hasMessageContaining("--common");

        var judgement = Judge.judge(teacher, students, OPTIONS.withCommon(true));
        assertThat(judgement.students().get(1).tasks()).extracting(TaskJudgement::task).containsExactly("b");
        assertThat(judgement.notes()).anyMatch(note ->
                note.startsWith("Judged on the tasks in common, 1 in number: the student s lacks"));
        assertThatThrownBy(() -> Judge.judge(teacher, List.of(ModelScores.plain("s", Map.of("z", 1.0))),
                OPTIONS.withCommon(true))).hasMessageContaining("none in common");
    }

    @Test
    void whatWasNotScoredAlikeIsRefused() {
        var teacher = scores("t", score(constant(3, 1)));
        var otherMeasure = scores("s", new Score("f1", 1, 0.1, Collections.emptySortedMap(), true, ""));

        assertThatThrownBy(() -> Judge.judge(teacher, List.of(otherMeasure), OPTIONS))
                .isInstanceOf(JudgeException.class).hasMessageContaining("task: the teacher by acc, the student by f1");
        assertThatThrownBy(() -> Judge.judge(teacher, List.of(scores("s", score(constant(4, 1)))), OPTIONS))
                .hasMessageContaining("of the student's 4 items the teacher's 3 lack some");
    }

    @Test
    void plainScoresGoWithAnyMeasureThatIsBetterHigh() {
        var plain = ModelScores.plain("t", Map.of("t", 0.5));
        var student = ModelScores.of(Reports.of("s", "abab", "aaab"));

        var task = Judge.judge(plain, List.of(student), OPTIONS).students().get(0).tasks().get(0);

        assertThat(task.recovery()).isEqualTo(Estimate.exact(1.5));
        assertThat(task.measure()).isEqualTo("exact_match");
        assertThatThrownBy(() -> Judge.judge(ModelScores.plain("t", Map.of("corpus", 3.0)),
                List.of(texts("s", 1, 2)), OPTIONS)).hasMessageContaining("the student by byte_perplexity");
    }

    @Test
    void aWholeTeacherIsJudgedOnTheStudentsItems() {
        var teacher = ModelScores.of(Reports.of("t", "abab", "aaab"));
        var student = ModelScores.of(Reports.of("s", "abab", "bbbb").only(Split.HELD_OUT));

        var judgement = Judge.judge(teacher, List.of(student), OPTIONS);

        assertThat(judgement.students().get(0).tasks().get(0).teacher()).isEqualTo(0.5);
        assertThat(judgement.notes()).anyMatch(note -> note.contains("is on the items of s alone"));
    }

    @Test
    void perplexityIsJudgedByItsReciprocalTextByText() {
        var teacher = texts("t", 10, 30);
        var student = texts("s", 20, 30);

        var judgement = Judge.judge(teacher, List.of(student), OPTIONS);

        var task = judgement.students().get(0).tasks().get(0);
        assertThat(task.measure()).isEqualTo("byte_perplexity");
        assertThat(task.teacher()).isCloseTo(Math.exp(40 / 30.0), within(1e-12));
        assertThat(task.uncertainty()).isEqualTo(Uncertainty.ITEMS);
        // Ten nats more on thirty bytes; all of them on the first text's ten, or none on the second's twenty.
        assertThat(task.recovery().value()).isCloseTo(Math.exp(-10 / 30.0), within(1e-12));
        assertThat(task.recovery().low()).isCloseTo(Math.exp(-1), within(1e-12));
        assertThat(task.recovery().high()).isCloseTo(1, within(1e-12));
        assertThat(judgement.notes()).containsExactly("Less is better on corpus: judged by the reciprocal.");
    }

    /** Scores on a text of 10 bytes and one of 20, with these negative log-likelihoods. */
    private static ModelScores texts(String name, double first, double second) {
        var results = List.<ItemResult>of(new TextResult(0, "a", 5, 2, 10, first, Double.NaN, Double.NaN, Double.NaN),
                new TextResult(1, "b", 5, 2, 20, second, Double.NaN, Double.NaN, Double.NaN));
        return ModelScores.of(new EvaluationReport(name, EvaluationOptions.defaults(),
                List.of(TaskResult.of("corpus", results))));
    }

    @Test
    void negativeScoresAreRefusedAndListed() {
        var teacher = ModelScores.plain("t", Map.of("a", -1.5, "b", 0.5, "c", -2.0));

        assertThatThrownBy(() -> Judge.judge(teacher, List.of(teacher.named("s")), OPTIONS))
                .isInstanceOf(JudgeException.class).hasMessageContaining("a = -1.5 (score), c = -2.0 (score)")
                .hasMessageContaining("--exclude");
        assertThat(Judge.judge(teacher.without(List.of("a", "c")), List.of(teacher.named("s").without(
                List.of("a", "c"))), OPTIONS).students().get(0).rateAtZero().value()).isEqualTo(1);
        assertThatThrownBy(() -> teacher.without(List.of("a", "b", "c", "zz"))).hasMessageContaining("no score of t");
        assertThatThrownBy(() -> Judge.judge(scores("t", new Score("ppl", 0, 1, Collections.emptySortedMap(), false,
                "")), List.of(scores("s", score(constant(1, 1)))), OPTIONS)).hasMessageContaining("task = 0.0 (ppl)");
    }

    @Test
    void percentAgainstFractionsIsRefusedUnlessSaid() {
        var teacher = ModelScores.plain("t", Map.of("a", 80.0, "b", 0.5));
        var student = ModelScores.plain("s", Map.of("a", 0.8, "b", 0.005));

        assertThatThrownBy(() -> Judge.judge(teacher, List.of(student), OPTIONS))
                .isInstanceOf(JudgeException.class).hasMessageContaining("--percent");
        assertThat(Judge.judge(teacher.fromPercent(), List.of(student), OPTIONS).students().get(0).rateAtZero()
                .value()).isEqualTo(1);
        // A student that gets nothing right is on any scale.
        assertThat(judge(Map.of("a", 80.0), Map.of("a", 0.0)).rateAtZero().value()).isZero();
    }

    @Test
    void theFrontIsTheUpperEnvelope() {
        var teacher = ModelScores.plain("t", Map.of("a", 1.0, "b", 1.0));
        var early = ModelScores.plain("early", Map.of("a", 1.0, "b", 0.2));
        var late = ModelScores.plain("late", Map.of("a", 0.9, "b", 0.9));
        var worse = ModelScores.plain("worse", Map.of("a", 0.9, "b", 0.1));

        var judgement = Judge.judge(teacher, List.of(early, late, worse), OPTIONS);

        assertThat(judgement.front().dominated()).containsExactly("worse");
        assertThat(judgement.front().parts()).extracting(CurveFront.Part::best)
                .containsExactly(List.of("early"), List.of("late"), List.of("early", "late"),
                        List.of("early", "late", "worse"));
        assertThat(judgement.front().parts().get(1).from()).isCloseTo(0.1, within(1e-12));
        assertThat(judgement.front().parts().get(1).rate()).isEqualTo(1);
    }

    @Test
    void theCostFrontHoldsWhatNoOneBeats() {
        var judgement = Judge.judge(ModelScores.plain("t", Map.of("a", 1.0)),
                List.of(ModelScores.plain("small", Map.of("a", 0.5)), ModelScores.plain("large", Map.of("a", 0.9)),
                        ModelScores.plain("silly", Map.of("a", 0.4))), OPTIONS);
        var costs = new TreeMap<>(Map.of("small", 1.0, "large", 7.0, "silly", 2.0, "t", 8.0));

        var front = CostFront.of(judgement, costs, "parameters", false);
        assertThat(front.points()).extracting(CostFront.Point::model, CostFront.Point::onFront).containsExactly(
                tuple("small", true), tuple("large", true), tuple("silly", false), tuple("t", false));
        assertThat(CostFront.of(judgement, costs, "tokens/s", true).points())
                .extracting(CostFront.Point::onFront).containsExactly(false, true, false, false);

        costs.remove("large");
        costs.put("lagre", 7.0);
        assertThatThrownBy(() -> CostFront.of(judgement, costs, "parameters", false))
                .isInstanceOf(JudgeException.class)
                .hasMessageContaining("none is given of large; there is no model lagre");
    }

    @Test
    void badInputIsRefused() {
        var one = ModelScores.plain("t", Map.of("a", 1.0));

        assertThatThrownBy(() -> Judge.judge(one, List.of(), OPTIONS)).hasMessageContaining("no student");
        assertThatThrownBy(() -> Judge.judge(one, List.of(one, one), OPTIONS)).hasMessageContaining("are called t");
        assertThatThrownBy(() -> ModelScores.plain("t", Map.of())).hasMessageContaining("no score of t");
        assertThatThrownBy(() -> OPTIONS.withDraws(1)).hasMessageContaining("not 1");
        assertThatThrownBy(() -> new JudgeOptions(1, 2, 0, false, false, Domains.byPrefix()))
                .hasMessageContaining("not 1.0");
    }

    private static StudentJudgement judge(Map<String, Double> teacher, Map<String, Double> student) {
        return Judge.judge(ModelScores.plain("t", teacher), List.of(ModelScores.plain("s", student)), OPTIONS)
                .students().get(0);
    }

    private static ModelScores scores(String name, Score score) {
        return new ModelScores(name, new TreeMap<>(Map.of("task", score)), Collections.emptySortedMap(), List.of(),
                List.of());
    }

    private static Score score(SortedMap<String, Score.Item> items) {
        var mean = items.values().stream().mapToDouble(Score.Item::sum).average().orElseThrow();
        return new Score("acc", mean, Double.NaN, items, true, "");
    }

    private static SortedMap<String, Score.Item> constant(int count, double result) {
        var items = new TreeMap<String, Score.Item>();
        IntStream.range(0, count).forEach(i -> items.put("item" + i, new Score.Item(result, 1)));
        return items;
    }

    private static SortedMap<String, Score.Item> alternating(int count) {
        var items = new TreeMap<String, Score.Item>();
        IntStream.range(0, count).forEach(i -> items.put("item" + i, new Score.Item(i % 2, 1)));
        return items;
    }
}
