package org.xlstm4j.distill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.xlstm4j.distill.data.Encoding;

/** A model that repeats its prompt, and finds token t of a sequence with log-probability −t / 10. */
class EvaluatorTest {
    private static final int BOS = 1;
    private static final int EOS = 2;

    private final Encoding encoding = new Encoding(
            text -> text.chars().toArray(), ids -> new String(ids, 0, ids.length), BOS, EOS);
    private final List<List<int[]>> prompts = new ArrayList<>();
    private final List<List<int[]>> sequences = new ArrayList<>();
    private final Evaluator evaluator = new Evaluator(this::repeat, this::decline, encoding);

    @Test
    void scoresExactMatchAndLikelihoodByTask() {
        var tasks = tasks(
                new ExactMatchItem("copy", 0, "ab", "ab"), new ExactMatchItem("copy", 1, "x", "x "),
                new ExactMatchItem("copy", 2, "c", "c"),
                new ExactMatchItem("other", 0, "ab", "abc"));

        var report = evaluator.evaluate("parrot", tasks, EvaluationOptions.defaults());

        var copy = report.tasks().get(0).score();
        assertThat(copy.task()).isEqualTo("copy");
        assertThat(copy.items()).isEqualTo(3);
        assertThat(copy.kind()).isEqualTo(TaskKind.EXACT_MATCH);
        assertThat(copy.score().value()).isEqualTo(2 / 3.0);
        assertThat(copy.score().standardError()).isCloseTo(Math.sqrt(2 / 27.0), within(1e-15));
        // <bos> a b | a b <eos>: 3 + 4 + 5 tenths; <bos> x | x _ <eos>: 2 + 3 + 4; <bos> c | c <eos>: 2 + 3.
        assertThat(copy.value("nll")).isCloseTo(2.6 / 8, within(1e-6));
        assertThat(copy.value("nll_per_item")).isCloseTo(2.6 / 3, within(1e-6));
        assertThat(exact(report, 0)).extracting(ExactMatchResult::nll, ExactMatchResult::answerTokens)
                .satisfiesExactly(
                        first -> assertThat(first.toList()).containsExactly(tenths(3, 4, 5), 3),
                        second -> assertThat(second.toList()).containsExactly(tenths(2, 3, 4), 3),
                        third -> assertThat(third.toList()).containsExactly(tenths(2, 3), 2));
        assertThat(report.scores()).containsEntry("other", 0.0);
        assertThat(report.meanScore()).isCloseTo(1 / 3.0, within(1e-15));
        assertThat(exact(report, 1).get(0).output()).isEqualTo("ab");
    }

    @Test
    void modelSeesBeginTokenAndPromptAlone() {
        evaluator.evaluate("parrot", tasks(new ExactMatchItem("t", 0, "ab", "c")), EvaluationOptions.defaults());

        assertThat(prompts.get(0).get(0)).containsExactly(BOS, 'a', 'b');
        assertThat(sequences.get(0).get(0)).containsExactly(BOS, 'a', 'b', 'c', EOS);
    }

    @Test
    void maxNewTokensCutsTheAnswer() {
        var tasks = tasks(new ExactMatchItem("t", 0, "abc", "ab"), new ExactMatchItem("t", 1, "abc", "abc"));

        var report = evaluator.evaluate("parrot", tasks, EvaluationOptions.defaults().withMaxNewTokens(2));

        assertThat(exact(report, 0)).extracting(ExactMatchResult::correct).containsExactly(true, false);
    }

    @Test
    void likelihoodCanBeLeftOut() {
        var report = evaluator.evaluate("parrot", tasks(new ExactMatchItem("t", 0, "a", "a")),
                EvaluationOptions.defaults().withLikelihood(false));

        assertThat(sequences).isEmpty();
        assertThat(report.tasks().get(0).score().value("nll")).isNaN();
        assertThat(report.tasks().get(0).score().value("exact_match")).isEqualTo(1);
    }

    @Test
    void progressRunsToTheTotalAndItemsKeepTheirOrder() {
        var items = IntStream.range(0, 301).mapToObj(i -> new ExactMatchItem(i < 100 ? "a" : "b", i, "p" + i, "p" + i))
                .toArray(TaskItem[]::new);
        var heard = new ArrayList<Integer>();

        var report = evaluator.evaluate("parrot", tasks(items), EvaluationOptions.defaults(), progress -> {
            assertThat(progress.items()).isEqualTo(301);
            heard.add(progress.doneItems());
        });

        assertThat(heard).isSorted().doesNotHaveDuplicates().endsWith(301).hasSizeGreaterThan(3);
        assertThat(report.tasks().stream().flatMap(task -> task.items().stream())).hasSize(301)
                .extracting(ItemResult::index).isSorted();
        assertThat(report.meanScore()).isEqualTo(1);
    }

    @Test
    void groupsJudgedApartGiveTheSameReport() {
        var tasks = tasks(IntStream.range(0, 143)
                .mapToObj(i -> new ExactMatchItem(i < 50 ? "b" : "a", i, "p" + i, "p" + i % 9))
                .toArray(TaskItem[]::new));
        var options = EvaluationOptions.defaults().withMaxItemsPerTask(80);
        var expected = evaluator.evaluate("parrot", tasks, options);
        var asked = List.copyOf(prompts);
        var plan = evaluator.plan(tasks, options);
        var apart = new ArrayList<List<ItemResult>>();
        for (var i = plan.groups().size() - 1; i >= 0; i--) {
            apart.add(0, evaluator.judge(plan.groups().get(i), options));
        }
        var results = apart.stream().flatMap(List::stream).toList();
        assertThat(plan.report("parrot", results)).isEqualTo(expected);
        assertThat(plan.groups()).extracting(group -> group.items().size())
                .containsExactlyElementsOf(asked.stream().map(List::size).toList());
        assertThatThrownBy(() -> plan.report("parrot", results.subList(1, 3)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("2 results for 130 items");
        var swapped = new ArrayList<>(results);
        Collections.swap(swapped, 3, 4);
        assertThatThrownBy(() -> plan.report("parrot", swapped))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("result 3 is not that of item");
    }

    @Test
    void onlySelectedItemsAreAsked() {
        var tasks = tasks(new ExactMatchItem("t", 0, "a", ""), new ExactMatchItem("t", 1, "b", ""),
                new ExactMatchItem("t", 2, "c", ""),
                new ExactMatchItem("t", 3, "d", ""));

        evaluator.evaluate("parrot", tasks, EvaluationOptions.defaults().withSplit(Split.HELD_OUT)
                .withMaxItemsPerTask(1));

        assertThat(prompts).hasSize(1);
        assertThat(prompts.get(0)).hasSize(1);
        assertThat(prompts.get(0).get(0)).containsExactly(BOS, 'b');
    }

    @Test
    void nothingToEvaluateIsAnError() {
        var single = tasks(new ExactMatchItem("t", 0, "", "b"));
        var heldOut = EvaluationOptions.defaults().withSplit(Split.HELD_OUT);
        var noBos = new Evaluator(this::repeat, this::decline,
                new Encoding(encoding.encoder(), encoding.decoder(), Encoding.NO_BOS, EOS));

        assertThatThrownBy(() -> evaluator.evaluate("parrot", single, heldOut)).hasMessageContaining("HELD_OUT");
        assertThatThrownBy(() -> noBos.evaluate("parrot", single, EvaluationOptions.defaults()))
                .hasMessageContaining("item 0 of t gives the model nothing to continue");
        assertThatThrownBy(() -> heldOut.withMaxItemsPerTask(0)).hasMessageContaining("maxItemsPerTask");
        assertThatThrownBy(() -> heldOut.withMaxNewTokens(0)).hasMessageContaining("maxNewTokens");
    }

    private List<int[]> repeat(List<int[]> given, int maxNewTokens, int endToken) {
        assertThat(endToken).isEqualTo(EOS);
        prompts.add(given);
        return given.stream().map(ids -> Arrays.copyOfRange(ids, 1, Math.min(ids.length, 1 + maxNewTokens))).toList();
    }

    private List<float[]> decline(List<int[]> given) {
        sequences.add(given);
        return given.stream().map(ids -> {
            var logs = new float[ids.length];
            for (var t = 0; t < logs.length; t++) {
                logs[t] = -t / 10f;
            }
            return logs;
        }).toList();
    }

    private static double tenths(int... values) {
        return IntStream.of(values).mapToDouble(value -> value / 10f).sum();
    }

    private static List<ExactMatchResult> exact(EvaluationReport report, int task) {
        return report.tasks().get(task).items().stream().map(ExactMatchResult.class::cast).toList();
    }

    private static TaskSet tasks(TaskItem... items) {
        var byTask = new TreeMap<String, List<TaskItem>>();
        for (var item : items) {
            byTask.computeIfAbsent(item.task(), task -> new ArrayList<>()).add(item);
        }
        return new TaskSet(byTask);
    }
}
