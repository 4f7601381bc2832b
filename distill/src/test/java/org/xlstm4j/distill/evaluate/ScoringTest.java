package org.xlstm4j.distill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.xlstm4j.distill.data.Tokens;

/** Measures against what a hand computes. */
class ScoringTest {

    private static ChoiceResult choice(int index, int gold, Normalization by) {
        // By sum the first, by characters (4, 8, 3 and 2) the second, by tokens, or by bytes (4, 8, 6, 2), the third.
        return new ChoiceResult(index, "p", List.of(" abcd", " abcd efg", "  ééé", "xy"), gold,
                List.of(-2.0, -3.2, -2.0, -5.0), List.of(1, 2, 4, 1), by);
    }

    @Test
    void choiceIsTheLikeliestForItsLength() {
        var result = choice(0, 1, Normalization.CHARACTERS);
        assertThat(result.chosen(Normalization.NONE)).isZero();
        assertThat(result.chosen(Normalization.CHARACTERS)).isEqualTo(1);
        assertThat(result.chosen(Normalization.TOKENS)).isEqualTo(2);
        assertThat(result.primary()).isEqualTo(new ItemResult.Primary(1, 1));
        assertThat(choice(0, 1, Normalization.TOKENS).primary()).isEqualTo(new ItemResult.Primary(0, 1));
    }

    @Test
    void firstOfEquallyLikelyChoicesIsTaken() {
        var result = new ChoiceResult(0, "p", List.of("aa", "bb"), 1, List.of(-1.0, -1.0), List.of(1, 1),
                Normalization.NONE);
        assertThat(result.chosen(Normalization.NONE)).isZero();
        assertThat(result.isCorrect(Normalization.CHARACTERS)).isFalse();
    }

    @Test
    void accuracyComesInEveryNormalization() {
        var score = TaskScore.of("t", List.of(choice(0, 0, Normalization.CHARACTERS),
                choice(1, 1, Normalization.CHARACTERS), choice(2, 1, Normalization.CHARACTERS),
                choice(3, 3, Normalization.CHARACTERS)));
        assertThat(score.primary()).isEqualTo("acc_norm");
        assertThat(score.measures()).containsOnly(entry("acc", new Measure(0.25, Math.sqrt(0.1875 / 4))),
                entry("acc_norm", new Measure(0.5, 0.25)), entry("acc_norm_tokens", new Measure(0, 0)));
        assertThat(score.score()).isEqualTo(new Measure(0.5, 0.25));
        var byTokens = TaskScore.of("t", List.of(choice(0, 2, Normalization.TOKENS)));
        assertThat(byTokens.primary()).isEqualTo("acc_norm_tokens");
        assertThat(byTokens.score().value()).isEqualTo(1);
    }

    @Test
    void perplexityIsOfAllTextsTogether() {
        var texts = List.<ItemResult>of(new TextResult(0, "a", 2, 1, 4, 3, 2, 1, 0.5),
                new TextResult(1, "b", 6, 3, 16, 7, 8, 4, 0.7));
        var score = TaskScore.of("t", texts);
        assertThat(score.primary()).isEqualTo("byte_perplexity");
        assertThat(score.value("byte_perplexity")).isCloseTo(Math.exp(10 / 20.0), within(1e-14));
        assertThat(score.value("bits_per_byte")).isCloseTo(10 / 20.0 / Math.log(2), within(1e-14));
        assertThat(score.value("word_perplexity")).isCloseTo(Math.exp(10 / 4.0), within(1e-13));
        assertThat(score.value("token_perplexity")).isCloseTo(Math.exp(10 / 8.0), within(1e-14));
        assertThat(score.value("teacher_agreement")).isEqualTo(5 / 8.0);
        assertThat(score.value("teacher_kl")).isCloseTo(1.2 / 8, within(1e-15));
        assertThat(score.value("teacher_byte_perplexity")).isCloseTo(Math.exp(10 / 20.0), within(1e-14));
        // Residuals 3 − 4/2 = 1 and 7 − 16/2 = −1: √(2/1 · 2) / 20 = 0.1.
        double error = score.measures().get("byte_perplexity").standardError();
        assertThat(error).isCloseTo(0.1 * Math.exp(0.5), within(1e-14));
        assertThat(score.score().value()).isCloseTo(Math.exp(-0.5), within(1e-14));
        assertThat(score.score().standardError()).isCloseTo(0.1 * Math.exp(-0.5), within(1e-14));
    }

    @Test
    void primaryValuesOfItemsGiveTheScore() {
        var exact = List.<ItemResult>of(new ExactMatchResult(0, "p", "a", "a", true, 1, 2),
                new ExactMatchResult(1, "q", "a", "b", false, 1, 2));
        var choices = List.<ItemResult>of(choice(0, 1, Normalization.CHARACTERS),
                choice(1, 2, Normalization.CHARACTERS));
        var texts = List.<ItemResult>of(new TextResult(0, "a", 2, 1, 4, 3, 0, 0, 0),
                new TextResult(1, "b", 6, 3, 16, 7, 0, 0, 0));
        var needles = List.<ItemResult>of(new NeedleResult(0, 9, 0, "k", "1", "rule", " 1", true),
                new NeedleResult(1, 9, 0, "k", "2", "rule", "1", false));
        for (var results : List.of(exact, choices, texts, needles)) {
            double sum = results.stream().mapToDouble(result -> result.primary().sum()).sum();
            double weight = results.stream().mapToDouble(result -> result.primary().weight()).sum();
            var score = TaskScore.of("t", results);
            assertThat(score.kind().score(sum / weight)).as(score.primary())
                    .isCloseTo(score.score().value(), within(1e-14));
        }
    }

    @Test
    void oneTextHasNoErrorAndNoTeacherNoDistance() {
        var score = TaskScore.of("t", List.of(new TextResult(0, "a", 2, 1, 4, 3, Double.NaN, Double.NaN, Double.NaN)));
        assertThat(score.score().standardError()).isNaN();
        assertThat(score.measures()).doesNotContainKeys("teacher_kl", "teacher_agreement");
        assertThat(score.value("teacher_kl")).isNaN();
    }

    @Test
    void wordsStandBetweenWhiteSpaceAsTheHarnessCountsThem() {
        assertThat(words("one")).isEqualTo(1);
        assertThat(words("one  two\n\u00a0three\u2003four\u001cfive")).isEqualTo(5);
        // Python's re.split gives an empty word before leading and after trailing white space.
        assertThat(words(" one ")).isEqualTo(3);
    }

    private static int words(String text) {
        var score = new TextScore(new TextItem("t", 0, text));
        score.add(new Tokens(new int[] {1, 2}, 1),
                TeacherComparison.Compared.alone(new float[] {0, -1}));
        assertThat(score.result().nll()).isEqualTo(1);
        return score.result().words();
    }

    @Test
    void brokenModelsHaveNoResults() {
        assertThatThrownBy(() -> new ChoiceResult(4, "p", List.of("a", "b"), 0, List.of(-1.0, Double.NaN),
                List.of(1, 1), Normalization.NONE)).isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("item 4").hasMessageContaining("weights are broken");
        assertThatThrownBy(() -> new TextResult(5, "d", 1, 1, 1, Double.NaN, 0, 0, 0))
                .isInstanceOf(ArithmeticException.class).hasMessageContaining("text 5");
        var logits = new float[] {0, 1, Float.NaN, 2, 0, 0};
        assertThat(LogitRow.of(logits, 3, 3).likeliest()).isZero();
        assertThatThrownBy(() -> LogitRow.of(logits, 0, 3)).isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("not finite");
    }

    @Test
    void itemsOfSeveralKindsOrNoneHaveNoScore() {
        assertThatThrownBy(() -> TaskScore.of("t", List.of())).hasMessageContaining("task t has no items");
        assertThatThrownBy(() -> TaskScore.of("t", List.of(choice(0, 0, Normalization.NONE),
                new ExactMatchResult(1, "p", "a", "a", true, 1, 2)))).hasMessageContaining("several kinds");
    }
}
