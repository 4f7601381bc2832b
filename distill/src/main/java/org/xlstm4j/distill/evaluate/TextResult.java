package org.xlstm4j.distill.evaluate;

import java.util.List;
import java.util.Objects;

/**
 * How likely a model finds a text, and how near it is to a teacher on it.
 *
 * @param index      the item's place within its task
 * @param digest     the first 16 digits of the text's SHA-256
 * @param tokens     the text's tokens, each of them predicted
 * @param words      its words, between white space
 * @param bytes      its bytes in UTF-8
 * @param nll        its negative log-likelihood, in nats, summed over its tokens
 * @param teacherNll the teacher's; NaN without a teacher
 * @param agreements at how many tokens model and teacher find the same one likeliest; NaN without a teacher
 * @param kl         KL(teacher ‖ model) over the whole vocabulary, in nats, summed over tokens; NaN without a teacher
 */
public record TextResult(int index, String digest, int tokens, int words, int bytes, double nll, double teacherNll,
                         double agreements, double kl) implements ItemResult {

    public TextResult {
        Objects.requireNonNull(digest, "digest");
        if (Double.isNaN(nll)) {
            throw new ArithmeticException("text " + index + " has a log-likelihood that is no number: the model's "
                    + "weights are broken, or too large for float32");
        }
        if (tokens < 1 || words < 1 || bytes < 1) {
            throw new IllegalArgumentException("text " + index + " has " + tokens + " tokens, " + words + " words and "
                    + bytes + " bytes");
        }
    }

    @Override
    public TaskKind kind() {
        return TaskKind.PERPLEXITY;
    }

    @Override
    public List<Object> asked() {
        return List.of(digest);
    }

    @Override
    public Primary primary() {
        return new Primary(nll, bytes);
    }
}
