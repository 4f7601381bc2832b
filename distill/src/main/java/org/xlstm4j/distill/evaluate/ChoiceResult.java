package org.xlstm4j.distill.evaluate;

import java.util.List;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;

/**
 * How likely a model finds the answers to choose from. The choice is the first of those with the highest value.
 *
 * @param index          the item's place within its task
 * @param prompt         the prompt
 * @param choices        the answers to choose from
 * @param gold           which of them is right, from 0
 * @param logLikelihoods of each after the prompt, in nats, summed over its tokens, without an end token
 * @param tokens         the tokens of each
 * @param normalization  what the log-likelihoods are divided by in the primary measure
 */
public record ChoiceResult(int index, String prompt, List<String> choices, int gold, List<Double> logLikelihoods,
                           List<Integer> tokens, Normalization normalization) implements ItemResult {

    public ChoiceResult {
        choices = List.copyOf(choices);
        logLikelihoods = List.copyOf(logLikelihoods);
        tokens = List.copyOf(tokens);
        Objects.requireNonNull(normalization, "normalization");
        if (logLikelihoods.stream().anyMatch(value -> value.isNaN())) {
            throw new ArithmeticException("item " + index + " has choices whose log-likelihoods are no numbers, "
                    + logLikelihoods + ": the model's weights are broken, or too large for float32");
        }
        if (gold < 0 || gold >= choices.size() || logLikelihoods.size() != choices.size()
                || tokens.size() != choices.size()) {
            throw new IllegalArgumentException("item " + index + " has " + choices.size() + " choices, but "
                    + logLikelihoods.size() + " log-likelihoods, " + tokens.size() + " token counts and gold " + gold);
        }
    }

    @Override
    public TaskKind kind() {
        return TaskKind.MULTIPLE_CHOICE;
    }

    @Override
    public List<Object> asked() {
        return List.of(prompt, choices, gold);
    }

    @Override
    public Primary primary() {
        return new Primary(isCorrect(normalization) ? 1 : 0, 1);
    }

    /** The model's choice. */
    public int chosen(Normalization by) {
        return switch (by) {
            case NONE -> best(choice -> 1);
            case CHARACTERS -> best(choice -> characters(choices.get(choice)));
            case TOKENS -> best(tokens::get);
        };
    }

    /** Whether the model's choice is right. */
    public boolean isCorrect(Normalization by) {
        return chosen(by) == gold;
    }

    private int best(IntToDoubleFunction length) {
        int best = 0;
        for (int choice = 1; choice < choices.size(); choice++) {
            if (logLikelihoods.get(choice) / length.applyAsDouble(choice)
                    > logLikelihoods.get(best) / length.applyAsDouble(best)) {
                best = choice;
            }
        }
        return best;
    }

    /** The white space at the beginning joins the choice to the prompt, and is not of it. */
    private static int characters(String choice) {
        var stripped = choice.stripLeading();
        return stripped.codePointCount(0, stripped.length());
    }
}
