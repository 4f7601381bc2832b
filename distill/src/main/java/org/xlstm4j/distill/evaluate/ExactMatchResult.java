package org.xlstm4j.distill.evaluate;

import java.util.List;

/**
 * A model's answer to a question.
 *
 * @param index        the item's place within its task
 * @param prompt       the prompt
 * @param expected     the right answer
 * @param output       the model's answer: the greedy continuation up to the end token
 * @param correct      whether the output equals the right answer, character for character
 * @param answerTokens the tokens of the right answer, end token included
 * @param nll          the negative log-likelihood of the right answer and the end token, in nats, summed over its
 *                     tokens; NaN where it was not computed
 */
public record ExactMatchResult(int index, String prompt, String expected, String output, boolean correct,
                               int answerTokens, double nll) implements ItemResult {

    @Override
    public TaskKind kind() {
        return TaskKind.EXACT_MATCH;
    }

    @Override
    public List<Object> asked() {
        return List.of(prompt, expected);
    }

    @Override
    public Primary primary() {
        return new Primary(correct ? 1 : 0, 1);
    }
}
