package org.xlstm4j.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.xlstm4j.model.Decoding;
import org.xlstm4j.model.Inference;

/**
 * A prompt in tokens.
 *
 * @param state  what is read of it already, or null for nothing
 * @param more   the tokens after that
 * @param tokens all of its tokens
 */
record Prepared(PromptState state, int[] more, int[] tokens) {
    private static final int BATCH = 32;

    static Prepared of(int[] tokens) {
        return new Prepared(null, tokens, tokens);
    }

    static Prepared after(PromptState state, int[] more) {
        return new Prepared(state, more, IntStream.concat(IntStream.of(state.tokens()), IntStream.of(more)).toArray());
    }

    /** @param tokens all of its tokens, the state's first */
    static Prepared continued(PromptState state, int[] tokens) {
        return new Prepared(state, Arrays.copyOfRange(tokens, state.tokens().length, tokens.length), tokens);
    }

    /** Reads prompts that {@link #batches} put together. */
    static Decoding begin(Inference inference, List<Prepared> batch, int maxNewTokens) {
        var state = batch.get(0).state;
        var more = batch.stream().map(Prepared::more).toList();
        return state == null ? inference.begin(more, maxNewTokens)
                : inference.resume(state.decoding().rows(new int[batch.size()]), more, maxNewTokens);
    }

    /** Numbers of prompts that can be read at once: of similar length, and from one state or from none. */
    static List<List<Integer>> batches(List<Prepared> prompts) {
        var batches = new ArrayList<List<Integer>>();
        for (var state : new LinkedHashSet<>(prompts.stream().map(Prepared::state).toList())) {
            var same = IntStream.range(0, prompts.size()).boxed().filter(i -> prompts.get(i).state == state)
                    .sorted(Comparator.comparingInt(i -> prompts.get(i).more.length)).toList();
            for (int from = 0; from < same.size(); from += BATCH) {
                batches.add(same.subList(from, Math.min(from + BATCH, same.size())));
            }
        }
        return batches;
    }

    /** The most prompts that are read at once. */
    static int batch() {
        return BATCH;
    }
}
