package org.xlstm4j.distill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.testing.TinyTraining;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;

/** Real models against values computed elsewhere in float64, and against themselves in other batches. */
class ModelsEvaluatedTest {
    private static final EvaluationOptions OPTIONS = EvaluationOptions.defaults().withMaxNewTokens(7);

    private static ItemResult only(EvaluationReport report) {
        assertThat(report.tasks()).hasSize(1);
        assertThat(report.tasks().get(0).items()).hasSize(1);
        return report.tasks().get(0).items().get(0);
    }

    private static TaskSet tasks(TaskItem... items) {
        var byTask = new TreeMap<String, List<TaskItem>>();
        for (var item : items) {
            byTask.computeIfAbsent(item.task(), task -> new ArrayList<>()).add(item);
        }
        return new TaskSet(byTask);
    }

    @Test
    void choicesHaveTheirLogLikelihoods() throws IOException {
        var prompt = Golden.ids(Golden.of("prompt"));
        var choices = new ArrayList<String>();
        var tokens = new ArrayList<Integer>();
        Golden.of("choices").forEach(choice -> {
            choices.add(Golden.text(Golden.ids(choice)));
            tokens.add(choice.size());
        });
        // The golden sequence begins with the prompt's first token, for which the begin token stands here.
        var item = new ChoiceItem("t", 0, Golden.text(Arrays.copyOfRange(prompt, 1, prompt.length)), choices, 1);
        var report = Evaluator.of(Golden.teacher(), Golden.encoding(prompt[0])).evaluate("m", tasks(item), OPTIONS);
        var result = (ChoiceResult) only(report);
        assertThat(result.tokens()).isEqualTo(tokens);
        for (int i = 0; i < choices.size(); i++) {
            assertThat(result.logLikelihoods().get(i)).as("choice %d", i)
                    .isCloseTo(Golden.of("logLikelihoods").get(i).doubleValue(), within(1e-4));
        }
        assertThat(result.chosen(Normalization.NONE)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 13, 16, 39, 100})
    void longTextsAreRolledInWindows(int window) throws IOException {
        var ids = Golden.texts().get(0);
        var item = new TextItem("t", 0, Golden.text(Arrays.copyOfRange(ids, 1, ids.length)));
        var result = (TextResult) only(Evaluator.of(Golden.teacher(), Golden.encoding(ids[0]))
                .evaluate("m", tasks(item), OPTIONS.withWindow(window)));
        assertThat(result.nll()).isCloseTo(Golden.of("rolledNll").get(Integer.toString(window)).doubleValue(),
                within(5e-4));
        assertThat(result).extracting(TextResult::tokens, TextResult::words, TextResult::bytes)
                .containsExactly(39, 1, 117);
        assertThat(result.kl()).isNaN();
    }

    @ParameterizedTest
    @ValueSource(strings = {"olmo2", "near"})
    void studentIsComparedWithItsTeacher(String name) throws IOException {
        var student = name.equals("olmo2") ? Golden.olmo() : Golden.near();
        var teacher = Golden.teacher();
        for (int text = 0; text < 2; text++) {
            var ids = Golden.texts().get(text);
            var item = new TextItem("t", 0, Golden.text(Arrays.copyOfRange(ids, 1, ids.length)));
            var report = Evaluator.of(student, teacher, Golden.encoding(ids[0])).evaluate("m", tasks(item), OPTIONS);
            var golden = Golden.of(name).get(text);
            var result = (TextResult) only(report);
            assertThat(result.nll()).isCloseTo(golden.get("nll").doubleValue(), within(5e-4));
            assertThat(result.teacherNll()).isCloseTo(golden.get("teacherNll").doubleValue(), within(5e-4));
            assertThat(result.kl()).isCloseTo(golden.get("kl").doubleValue(), within(5e-4));
            assertThat(result.agreements()).isEqualTo(golden.get("agreements").doubleValue());
            var score = report.tasks().get(0).score();
            assertThat(score.value("teacher_kl")).isEqualTo(result.kl() / 39);
            assertThat(score.value("teacher_agreement")).isEqualTo(result.agreements() / 39);
        }
    }

    /** The logits of 33,600 tokens of 320 words do not come at once. */
    @Test
    void comparisonPartByPartIsThatAtOnce() throws IOException {
        var comparison = new TeacherComparison(Golden.teacher(), Golden.near());
        var all = comparison.compare(Collections.nCopies(350, Golden.texts()).stream().flatMap(List::stream).toList());
        assertThat(all).hasSize(700);
        for (int i = 0; i < all.size(); i++) {
            var golden = Golden.of("near").get(i % 2);
            assertThat(Arrays.stream(all.get(i).kl()).sum()).as("sequence %d", i)
                    .isCloseTo(golden.get("kl").doubleValue(), within(5e-4));
        }
    }

    @Test
    void modelIsAtNoDistanceFromItself() throws IOException {
        var teacher = Golden.teacher();
        var compared = new TeacherComparison(teacher, teacher).compare(Golden.texts()).get(1);
        assertThat(compared.kl()).hasSize(40).containsOnly(0);
        assertThat(compared.agreements()[0]).isZero();
        assertThat(Arrays.copyOfRange(compared.agreements(), 1, 40)).containsOnly(1);
    }

    @Test
    void otherVocabulariesAreRefused() throws IOException {
        var teacher = Golden.teacher();
        var other = CausalLm.random(TinyTraining.config(), 0.1, 1);
        assertThatThrownBy(() -> new TeacherComparison(teacher, other)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("vocabulary has 320 tokens, the student's 23");
    }

    @Test
    void resultsDoNotDependOnWhatElseIsInTheBatch() throws IOException {
        var teacher = Golden.teacher();
        var student = StudentStart.from(teacher, new HybridConfig(5, 2, 8));
        for (var model : List.of(teacher, student)) {
            var evaluator = Evaluator.of(model, teacher, Golden.encoding(1));
            var items = mixed(new Random(7));
            var together = evaluator.evaluate("m", tasks(items), OPTIONS.withWindow(37));
            for (var item : items) {
                var alone = only(evaluator.evaluate("m", tasks(item), OPTIONS.withWindow(37)));
                var beside = together.tasks().stream().filter(task -> task.score().task().equals(item.task()))
                        .flatMap(task -> task.items().stream()).filter(other -> other.index() == item.index())
                        .findFirst().orElseThrow();
                assertSame(alone, beside);
            }
        }
    }

    /** Items of every kind and many lengths, some of one token. */
    private static TaskItem[] mixed(Random random) {
        var items = new ArrayList<TaskItem>();
        for (int i = 0; i < 9; i++) {
            int length = i == 0 ? 1 : 1 + random.nextInt(70);
            items.add(new ExactMatchItem("exact", i, random(random, length - 1), random(random, random.nextInt(5))));
            items.add(new ChoiceItem("choice", i, random(random, length),
                    List.of(random(random, 1), random(random, 1 + length)), i % 2));
            items.add(new TextItem("text", i, random(random, length * 2)));
        }
        return items.toArray(TaskItem[]::new);
    }

    private static String random(Random random, int length) {
        return Golden.text(random.ints(length, 3, 320).toArray());
    }

    private static void assertSame(ItemResult alone, ItemResult beside) {
        assertThat(beside.asked()).isEqualTo(alone.asked());
        switch (alone.kind()) {
            case EXACT_MATCH -> {
                assertThat(((ExactMatchResult) beside).output()).isEqualTo(((ExactMatchResult) alone).output());
                near(((ExactMatchResult) beside).nll(), ((ExactMatchResult) alone).nll());
            }
            case MULTIPLE_CHOICE -> IntStream.range(0, 2).forEach(choice -> near(
                    ((ChoiceResult) beside).logLikelihoods().get(choice),
                    ((ChoiceResult) alone).logLikelihoods().get(choice)));
            case PERPLEXITY -> {
                near(((TextResult) beside).nll(), ((TextResult) alone).nll());
                near(((TextResult) beside).kl(), ((TextResult) alone).kl());
                assertThat(((TextResult) beside).agreements()).isEqualTo(((TextResult) alone).agreements());
            }
            case NEEDLE -> throw new AssertionError("there are no needles");
        }
    }

    private static void near(double value, double expected) {
        assertThat(value).isCloseTo(expected, within(1e-5 * Math.max(1, Math.abs(expected))));
    }

    @Test
    void whatTheModelCannotReadIsToldBeforeAnythingIsRun() throws IOException {
        var evaluator = Evaluator.of(Golden.teacher(), Golden.encoding(1));
        var random = new Random(3);
        var fits = new ExactMatchItem("a", 0, random(random, 504), "");
        assertThat(evaluator.plan(tasks(fits), OPTIONS).groups()).hasSize(1);
        var tasks = tasks(new ExactMatchItem("a", 0, random(random, 505), ""),
                new ChoiceItem("b", 0, random(random, 500), List.of("一", random(random, 12)), 0),
                new NeedleItem("c", 0, 506, 0, "k", "1", new Haystack("", 0)),
                new NeedleItem("c", 1, 507, 0, "k", "1", new Haystack("", 0)));
        assertThatThrownBy(() -> evaluator.plan(tasks, OPTIONS)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("item 0 of a has a prompt of 506 tokens and 7 new ones, more than the model's 512 positions"
                        + "; item 0 of b has prompt and choice of 513 tokens, more than the model's 512 positions"
                        + "; item 0 of c has a prompt of 506 tokens and 7 new ones, more than the model's 512 positions"
                        + "; and 1 more");
        var text = tasks(new TextItem("t", 0, random(random, 2000)));
        assertThat(evaluator.plan(text, OPTIONS).progress(0).tokens()).isEqualTo(511 + 1 + 512 + 512 + 512);
        assertThatThrownBy(() -> evaluator.plan(text, OPTIONS.withWindow(512)))
                .hasMessage("item 0 of t has a window of 513 tokens, more than the model's 512 positions");
    }

    @Test
    void teacherLimitsTheTextsOfItsStudentAlone() throws IOException {
        var teacher = Golden.teacher();
        var student = StudentStart.from(teacher, new HybridConfig(5, 2, 8));
        var random = new Random(5);
        var text = tasks(new TextItem("t", 0, random(random, 700)));
        var prompt = tasks(new ExactMatchItem("e", 0, random(random, 700), ""),
                new NeedleItem("n", 0, 900, 0, "k", "1", new Haystack("", 0)));
        var alone = Evaluator.of(student, Golden.encoding(1));
        var beside = Evaluator.of(student, teacher, Golden.encoding(1));
        assertThat(beside.plan(prompt, OPTIONS).groups()).hasSize(2);
        assertThat(alone.plan(text, OPTIONS.withWindow(600)).progress(0).tokens()).isEqualTo(601 + 601);
        assertThatThrownBy(() -> beside.plan(text, OPTIONS.withWindow(600)))
                .hasMessage("item 0 of t has a window of 601 tokens, more than the model's 512 positions");
        assertThat(alone.plan(text, OPTIONS).progress(0)).isEqualTo(beside.plan(text, OPTIONS).progress(0));
    }

    @Test
    void whatMakesNoTokensIsTold() {
        var silent = new Encoding(text -> text.strip().equals("x") ? new int[0] : new int[] {5}, ids -> "", 1, 2);
        var evaluator = new Evaluator((prompts, most, end) -> List.of(), sequences -> List.of(), silent);
        var tasks = tasks(new ChoiceItem("c", 0, "p", List.of("x", "y"), 0), new TextItem("t", 0, "x"));
        assertThatThrownBy(() -> evaluator.plan(tasks, OPTIONS)).hasMessage(
                "item 0 of c has a choice without tokens; item 0 of t is a text without tokens");
        var needle = tasks(new NeedleItem("n", 0, 30, 0, "k", "1", new Haystack("x", 0)));
        assertThatThrownBy(() -> evaluator.plan(needle, OPTIONS)).hasMessageContaining("no tokens of the haystack");
    }

    @Test
    void groupsAreOfOneKindAndOfSimilarLength() throws IOException {
        var plan = Evaluator.of(Golden.teacher(), Golden.encoding(1))
                .plan(tasks(mixed(new Random(11))), OPTIONS);
        assertThat(plan.groups()).hasSize(3).allSatisfy(group ->
                assertThat(group.items()).hasSize(9).extracting(TaskItem::kind).containsOnly(group.kind()));
        var lengths = plan.groups().get(2).items().stream().map(item -> ((TextItem) item).text().length()).toList();
        assertThat(lengths).isSortedAccordingTo(Collections.reverseOrder());
        assertThat(Map.of("done", plan.progress(3).doneItems(), "all", plan.progress(0).items()))
                .isEqualTo(Map.of("done", 27, "all", 27));
    }
}
