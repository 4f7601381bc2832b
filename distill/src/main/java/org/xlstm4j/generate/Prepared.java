package org.xlstm4j.generate;

import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.xlstm4j.model.Decoding;
import org.xlstm4j.model.DecodingState;
import org.xlstm4j.model.Inference;

/**
 * A prompt in tokens.
 *
 * @param state  what is read of it already, or null for nothing
 * @param more   the tokens after that
 * @param tokens all of its tokens
 */
record Prepared(PromptState state, int[] more, int[] tokens) {
    /** On the CPU products of more rows are summed up in another order. */
    private static final int BATCH = 8;

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

    /**
     * Reads prompts, each by itself: so, on the CPU, a prompt's logits are the same to the last bit whatever batch it
     * is in, as long as the batch is small.
     */
    static Decoding begin(Inference inference, List<Prepared> batch, int maxNewTokens) {
        if (batch.size() == 1) {
            return batch.get(0).begin(inference, maxNewTokens);
        }
        var read = new IdentityHashMap<Prepared, DecodingState>();
        for (var prompt : batch) {
            read.computeIfAbsent(prompt, one -> one.read(inference));
        }
        var none = Collections.nCopies(batch.size(), new int[0]);
        return inference.resume(DecodingState.join(batch.stream().map(read::get).toList()), none, maxNewTokens);
    }

    private Decoding begin(Inference inference, int maxNewTokens) {
        return state == null ? inference.begin(List.of(more), maxNewTokens)
                : inference.resume(state.decoding(), List.of(more), maxNewTokens);
    }

    /** Where the model stands after it. */
    DecodingState read(Inference inference) {
        if (state != null && more.length == 0) {
            return state.decoding();
        }
        try (var decoding = begin(inference, 0)) {
            return decoding.snapshot();
        }
    }

    /** Numbers of prompts that are answered together: of similar length, for they take as many steps as the longest. */
    static List<List<Integer>> batches(List<Prepared> prompts) {
        var order = IntStream.range(0, prompts.size()).boxed()
                .sorted(Comparator.comparingInt(i -> prompts.get(i).tokens.length)).toList();
        return IntStream.iterate(0, from -> from < order.size(), from -> from + BATCH)
                .mapToObj(from -> order.subList(from, Math.min(from + BATCH, order.size()))).toList();
    }
}
