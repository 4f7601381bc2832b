package org.xlstm4j.bench.inference;

import java.util.List;
import java.util.Random;

/**
 * What is measured, and how often.
 *
 * @param contexts       tokens of the prompts, rising
 * @param prefills       how often a prompt is read
 * @param prefillSeconds no prompt is read again by a model that has spent so long on reading it
 * @param rounds         how often decoding is timed
 * @param tokens         tokens of a round
 * @param seed           of the prompts' random tokens
 */
public record Plan(List<Integer> contexts, int prefills, double prefillSeconds, int rounds, int tokens, long seed) {
    /** Tokens of the prompt that code is compiled with before anything is timed. */
    private static final int WARM_UP_CONTEXT = 128;

    /** @throws IllegalArgumentException if there is nothing to measure */
    public Plan {
        contexts = contexts.stream().sorted().distinct().toList();
        if (contexts.isEmpty() || contexts.get(0) < 1) {
            throw new IllegalArgumentException("contexts must be at least 1 token, were " + contexts);
        }
        if (prefills < 1 || rounds < 1 || tokens < 1) {
            throw new IllegalArgumentException("prefills, rounds and tokens must be at least 1, were " + prefills + ", "
                    + rounds + " and " + tokens);
        }
        if (!(prefillSeconds >= 0)) {
            throw new IllegalArgumentException("the seconds of prefill must not be negative, were " + prefillSeconds);
        }
    }

    /** Most tokens that follow a prompt: a first round, and those that are timed. */
    public int newTokens() {
        return Math.multiplyExact(tokens, 1 + rounds);
    }

    /** The positions that the longest context needs. */
    public int positions() {
        return Math.addExact(contexts.get(contexts.size() - 1), newTokens());
    }

    /** The prompt of a context. */
    int[] prompt(int context, int vocabSize) {
        return new Random(seed + context).ints(context, 0, vocabSize).toArray();
    }

    int[] warmUpPrompt(int context, int vocabSize) {
        return prompt(Math.min(context, WARM_UP_CONTEXT), vocabSize);
    }
}
