package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.graph.JavaOp;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.loss.HeadLoss;

/**
 * A model put to use: greedy decoding and the scoring of given text, in batches of similar length. Graphs are made as
 * lengths come up and kept; they share the model's arrays, so that a model in training can be watched. Not for use by
 * several threads at once; each may have one of its own over the same model.
 */
public final class Inference {
    /** The most tokens of a prompt that are read at once, where nothing else is said. */
    public static final int DEFAULT_SEGMENT = 1024;

    private static final int BATCH = 32;
    /** Tokens of a batch, padding among them, unless a single sequence has more. */
    private static final int BATCH_TOKENS = BATCH * 1024;
    private static final int BATCHES_BETWEEN_COLLECTIONS = 16;

    private final CausalLm model;
    private final Prefill prefill;
    private final Recent<Integer, PrefillGraph> wholePrefills = new Recent<>();
    private final Recent<List<RingBuffer>, StepGraph> steps = new Recent<>();
    private final Recent<Integer, Scorer> scorers = new Recent<>();
    private int batches;

    /** Inference with the given model. */
    public Inference(CausalLm model) {
        this(model, DEFAULT_SEGMENT);
    }

    /**
     * Inference that reads prompts in segments. Longer ones take more memory, short ones more time.
     *
     * @param segment the most tokens of each sequence that are read at once; on a GPU, prompts are read whole
     */
    public Inference(CausalLm model, int segment) {
        if (segment < 1) {
            throw new IllegalArgumentException("a segment must have at least 1 token, was " + segment);
        }
        this.model = model;
        this.prefill = new Prefill(model, segment);
    }

    /** The model in use. */
    public CausalLm model() {
        return model;
    }

    /**
     * The likeliest continuation of each prompt, token by token.
     *
     * @param prompts      token ids, at least one each
     * @param maxNewTokens most tokens to add
     * @param endToken     the token that ends a continuation and is left out of it
     * @return the new tokens of each prompt, in the prompts' order
     */
    public List<int[]> greedy(List<int[]> prompts, int maxNewTokens, int endToken) {
        requireTokens(prompts, maxNewTokens);
        var answers = new int[prompts.size()][];
        for (var rows : byLength(prompts)) {
            var batch = rows.stream().map(prompts::get).toList();
            var decoded = greedyBatch(batch, maxNewTokens, endToken);
            for (int i = 0; i < rows.size(); i++) {
                answers[rows.get(i)] = decoded.get(i);
            }
            collectSometimes();
        }
        return List.of(answers);
    }

    /**
     * Reads prompts, as one batch, to go on from.
     *
     * @param prompts      token ids, at least one each
     * @param maxNewTokens most tokens that will be read after them
     */
    public Decoding begin(List<int[]> prompts, int maxNewTokens) {
        requireTokens(prompts, maxNewTokens);
        return decoding(prompts, maxNewTokens);
    }

    /**
     * Goes on from where decoding stood, with more tokens a row where there are any. The state stays as it is, to go on
     * from again.
     *
     * @param state        made with a model of this architecture and these parameters
     * @param more         token ids to read first, a row each, any of which may be empty
     * @param maxNewTokens most tokens that will be read after them
     */
    public Decoding resume(DecodingState state, List<int[]> more, int maxNewTokens) {
        if (!state.config().equals(model.config())) {
            throw new IllegalArgumentException("the state is that of another model, " + state.config() + ", not of "
                    + model.config());
        }
        if (more.size() != state.batch()) {
            throw new IllegalArgumentException("the state has " + state.batch() + " rows, and there are more tokens for "
                    + more.size());
        }
        int longest = 0;
        for (int row = 0; row < state.batch(); row++) {
            requireReadable(more.get(row), state.lengths()[row], maxNewTokens);
            longest = Math.max(longest, state.lengths()[row] + more.get(row).length);
        }
        var rings = rings(longest, maxNewTokens);
        var start = new DecodeStep(state.step().logits(),
                state.step().state().withSlots(model.config(), DecodeState.slots(rings)));
        return decode(prefill.read(more, start, rings), rings);
    }

    private Decoding decoding(List<int[]> prompts, int maxNewTokens) {
        var rings = rings(longest(prompts), maxNewTokens);
        if (JavaOp.isOnCpu() || !JavaOp.canRun()) {
            var empty = new DecodeStep(null, DecodeState.empty(model.config(), prompts.size(), rings));
            return decode(prefill.read(prompts, empty, rings), rings);
        }
        int time = Prefill.padded(longest(prompts));
        var lengths = prompts.stream().mapToInt(prompt -> prompt.length).toArray();
        return decode(wholePrefills.get(time, length -> new PrefillGraph(model, length))
                .run(TokenBatch.leftPadded(prompts, time), lengths, rings), rings);
    }

    private List<RingBuffer> rings(int length, int maxNewTokens) {
        return DecodeState.rings(model.config(), Prefill.padded(length) + Prefill.padded(maxNewTokens));
    }

    private Decoding decode(DecodeStep start, List<RingBuffer> rings) {
        return steps.get(rings, caches -> new StepGraph(model, caches)).decode(start);
    }

    private List<int[]> greedyBatch(List<int[]> prompts, int maxNewTokens, int endToken) {
        var answers = new ArrayList<IntStream.Builder>();
        prompts.forEach(prompt -> answers.add(IntStream.builder()));
        var ended = new boolean[prompts.size()];
        int open = prompts.size();
        try (var decoding = decoding(prompts, maxNewTokens)) {
            for (int added = 0; added < maxNewTokens && open > 0; added++) {
                var tokens = decoding.logits().argMax(1).toIntVector();
                for (int row = 0; row < tokens.length; row++) {
                    if (!ended[row] && tokens[row] == endToken) {
                        ended[row] = true;
                        open--;
                    } else if (!ended[row]) {
                        answers.get(row).add(tokens[row]);
                    }
                }
                if (open > 0 && added + 1 < maxNewTokens) {
                    decoding.read(tokens);
                }
            }
        }
        return answers.stream().map(answer -> answer.build().toArray()).toList();
    }

    /**
     * The log-probability of every token given those before it.
     *
     * @param sequences token ids, at least one each
     * @return as long as the sequences; the first entry of each is 0, for nothing stands before it
     */
    public List<float[]> logProbabilities(List<int[]> sequences) {
        requireTokens(sequences, 0);
        var scores = new float[sequences.size()][];
        for (var rows : byLength(sequences)) {
            var batch = rows.stream().map(sequences::get).toList();
            int time = Prefill.padded(longest(batch));
            var losses = scorers.get(time, length -> new Scorer(model, length)).losses(batch);
            for (int i = 0; i < rows.size(); i++) {
                int length = batch.get(i).length;
                var score = new float[length];
                for (int t = 1; t < length; t++) {
                    score[t] = -losses[i * time + time - length + t - 1];
                }
                scores[rows.get(i)] = score;
            }
            collectSometimes();
        }
        return List.of(scores);
    }

    /** A batch leaves tens of megabytes outside the heap, where nothing else asks for a collection. */
    private void collectSometimes() {
        if (++batches % BATCHES_BETWEEN_COLLECTIONS == 0) {
            System.gc();
        }
    }

    private void requireTokens(List<int[]> sequences, int maxNewTokens) {
        for (var sequence : sequences) {
            if (sequence.length == 0) {
                throw new IllegalArgumentException("a prompt has no token: give at least the beginning-of-text token");
            }
            requireReadable(sequence, 0, maxNewTokens);
        }
    }

    private void requireReadable(int[] tokens, int before, int maxNewTokens) {
        int limit = model.config().maxPositions();
        int vocabSize = model.config().vocabSize();
        if (before + tokens.length + maxNewTokens > limit && !model.config().isStudent()) {
            throw new IllegalArgumentException("a prompt of " + (before + tokens.length) + " tokens and " + maxNewTokens
                    + " new ones exceed the model's " + limit + " positions");
        }
        for (int id : tokens) {
            if (id < 0 || id >= vocabSize) {
                throw new IllegalArgumentException("token id " + id + " lies outside the vocabulary of " + vocabSize);
            }
        }
    }

    /** Indices of the sequences in batches of similar length. */
    private static List<List<Integer>> byLength(List<int[]> sequences) {
        var order = IntStream.range(0, sequences.size()).boxed()
                .sorted(Comparator.comparingInt(index -> sequences.get(index).length)).toList();
        var batches = new ArrayList<List<Integer>>();
        for (int from = 0; from < order.size(); from += batches.get(batches.size() - 1).size()) {
            int to = from + 1;
            while (to < order.size() && to - from < BATCH
                    && (long) (to + 1 - from) * sequences.get(order.get(to)).length <= BATCH_TOKENS) {
                to++;
            }
            batches.add(order.subList(from, to));
        }
        return batches;
    }

    private static int longest(List<int[]> sequences) {
        return sequences.stream().mapToInt(sequence -> sequence.length).max().orElseThrow();
    }

    /** The graph that scores given text of one padded length. */
    private static final class Scorer {
        private static final String TARGETS = "targets";
        private final LmGraph graph;
        private final String loss;
        private final int time;

        Scorer(CausalLm model, int time) {
            this.time = time;
            this.graph = LmGraph.of(model, time, name -> false);
            var targets = graph.sameDiff().placeHolder(TARGETS, DataType.INT32, -1, time);
            this.loss = HeadLoss.crossEntropy(graph.last(), graph.head(), targets.reshape(-1)).name();
        }

        /** −log p of the next token at each step, [batch · time]. */
        float[] losses(List<int[]> sequences) {
            var batch = TokenBatch.leftPadded(sequences, time);
            var targets = Arrays.copyOf(batch.ids(), batch.ids().length);
            System.arraycopy(batch.ids(), 1, targets, 0, targets.length - 1);
            var feed = LmGraph.feed(batch);
            feed.put(TARGETS, Nd4j.createFromArray(targets)
                    .reshape('c', batch.batch(), batch.time()));
            PlannedSession.use(graph.sameDiff());
            return graph.sameDiff().output(feed, loss).get(loss).data().asFloat();
        }
    }
}
