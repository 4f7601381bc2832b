package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.loss.HeadLoss;

/**
 * A model put to use: greedy decoding and the scoring of given text, in batches of similar length. Graphs are made as
 * lengths come up and kept; they share the model's arrays, so that a model in training can be watched. Not for use by
 * several threads at once.
 */
public final class Inference {
    private static final int BATCH = 32;
    private static final int LENGTH_STEP = 16;
    private static final int BATCHES_BETWEEN_COLLECTIONS = 16;

    private final CausalLm model;
    private final Map<Integer, PrefillGraph> prefills = new HashMap<>();
    private final Map<List<RingBuffer>, StepGraph> steps = new HashMap<>();
    private final Map<Integer, Scorer> scorers = new HashMap<>();
    private int batches;

    /** Inference with the given model. */
    public Inference(CausalLm model) {
        this.model = model;
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
        var lengths = state.lengths();
        for (int row = 0; row < lengths.length; row++) {
            requireReadable(more.get(row), lengths[row], maxNewTokens);
        }
        var after = IntStream.range(0, lengths.length).mapToObj(row -> read(state.rows(row), more.get(row))).toList();
        int longest = after.stream().mapToInt(row -> row.state().lengths()[0]).max().orElseThrow();
        var rings = DecodeState.rings(model.config(), longest + paddedLength(maxNewTokens));
        return steps.computeIfAbsent(rings, caches -> new StepGraph(model, caches))
                .decode(DecodeStep.join(after, model.config(), DecodeState.slots(rings)));
    }

    /** One row's state after more tokens. */
    private DecodeStep read(DecodingState row, int[] more) {
        var rings = DecodeState.rings(model.config(), row.lengths()[0] + paddedLength(more.length));
        var start = new DecodeStep(row.step().logits(), row.step().state()
                .withSlots(model.config(), DecodeState.slots(rings)));
        try (var decoding = steps.computeIfAbsent(rings, caches -> new StepGraph(model, caches)).decode(start)) {
            for (int token : more) {
                decoding.read(new int[] {token});
            }
            return decoding.snapshot().step();
        }
    }

    private Decoding decoding(List<int[]> prompts, int maxNewTokens) {
        int time = paddedLength(prompts);
        var rings = DecodeState.rings(model.config(), time + paddedLength(maxNewTokens));
        var lengths = prompts.stream().mapToInt(prompt -> prompt.length).toArray();
        var start = prefills.computeIfAbsent(time, length -> new PrefillGraph(model, length))
                .run(TokenBatch.leftPadded(prompts, time), lengths, rings);
        return steps.computeIfAbsent(rings, caches -> new StepGraph(model, caches)).decode(start);
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
            int time = paddedLength(batch);
            var losses = scorers.computeIfAbsent(time, length -> new Scorer(model, length)).losses(batch);
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
        for (int from = 0; from < order.size(); from += BATCH) {
            batches.add(order.subList(from, Math.min(from + BATCH, order.size())));
        }
        return batches;
    }

    private static int paddedLength(List<int[]> sequences) {
        return paddedLength(sequences.stream().mapToInt(sequence -> sequence.length).max().orElseThrow());
    }

    private static int paddedLength(int length) {
        return (length + LENGTH_STEP - 1) / LENGTH_STEP * LENGTH_STEP;
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
