package org.xlstm4j.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.xlstm4j.ops.attention.Attention;
import org.xlstm4j.ops.attention.Extension;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.graph.FixedRun;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.hybrid.Hybrid;
import org.xlstm4j.ops.hybrid.HybridInputs;

/**
 * The graph that reads several tokens of every sequence of a batch at once, after what was read before, and updates the
 * state: a long prompt segment by segment, in memory that does not grow with it.
 */
final class SegmentGraph implements Mixer {
    private static final String BEFORE = "before";
    private static final String COUNTS = "counts";

    private final SameDiff sd = SameDiff.create();
    private final ModelConfig config;
    private final int time;
    private final GraphParameters parameters;
    private final StateVariables states;
    private final SDVariable before;
    private final SDVariable counts;
    private final SDVariable last;

    /** @param time the most tokens of a sequence in a segment */
    SegmentGraph(CausalLm model, int time, List<RingBuffer> rings) {
        this.config = model.config();
        this.time = time;
        this.parameters = new GraphParameters(sd, model, name -> false);
        this.states = new StateVariables(sd, config, rings);
        var ids = sd.placeHolder(LmGraph.IDS, DataType.INT32, -1, time);
        var positions = sd.placeHolder(LmGraph.POSITIONS, DataType.FLOAT, -1, time);
        this.before = sd.placeHolder(BEFORE, DataType.FLOAT, -1);
        this.counts = sd.placeHolder(COUNTS, DataType.FLOAT, -1);
        this.last = new Decoder(config, parameters, positions).run(ids.reshape(-1), this).last();
    }

    @Override
    public SDVariable mix(Inputs in) {
        var layer = states.before(in.layer());
        var to = new Extension(layer.ring(), layer.keys(), layer.values(), before, counts);
        if (!config.isStudent()) {
            var spec = Decoder.attentionSpec(config, in.layer(), time);
            var step = Attention.extend(spec, in.query(), in.key(), in.value(), to);
            states.after(in.layer(), step.keys(), step.values(), null);
            return step.output();
        }
        var step = Hybrid.extend(Decoder.hybridSpec(config, time),
                Decoder.hybridParameters(config, parameters, in.layer()),
                new HybridInputs(in.normed(), in.query(), in.key(), in.value(), null), to, layer.memory());
        states.after(in.layer(), step.keys(), step.values(), step.state());
        return step.output().hidden();
    }

    /**
     * What reading returns.
     *
     * @param last  what the head reads of each row's last token, [batch, hiddenSize]; of no meaning where there was none
     * @param state after the tokens
     */
    record Result(INDArray last, DecodeState state) {
    }

    /**
     * Reads segment after segment.
     *
     * @param segments at least one; each as many rows as the state has, of at most the graph's time in tokens
     * @param state    its arrays are written to where the graph's ops allow it
     */
    Result read(List<List<int[]>> segments, DecodeState state) {
        var run = Fixed.of(this, state);
        var result = new Result(null, state);
        for (var segment : segments) {
            var feed = feed(segment, result.state().lengths());
            var lengths = lengthsAfter(result.state().lengths(), segment);
            result = run.isPresent() ? new Result(run.get().run(feed), new DecodeState(state.arrays(), lengths))
                    : bySession(feed, result.state(), lengths);
        }
        var last = lastOfRows(result.last());
        run.ifPresent(Fixed::close);
        return new Result(last, result.state());
    }

    private Result bySession(Map<String, INDArray> segment, DecodeState state, int[] lengths) {
        var feed = new HashMap<>(state.arrays());
        feed.putAll(segment);
        PlannedSession.use(sd);
        var values = sd.output(feed, states.namesWith(last).toArray(String[]::new));
        return new Result(values.get(last.name()), new DecodeState(states.after(values::get), lengths));
    }

    private INDArray lastOfRows(INDArray rows) {
        return rows.reshape('c', -1, time, config.hiddenSize())
                .get(NDArrayIndex.all(), NDArrayIndex.point(time - 1), NDArrayIndex.all()).dup('c');
    }

    private static int[] lengthsAfter(int[] lengths, List<int[]> tokens) {
        var after = lengths.clone();
        Arrays.setAll(after, row -> after[row] + tokens.get(row).length);
        return after;
    }

    private Map<String, INDArray> feed(List<int[]> tokens, int[] lengths) {
        int batch = tokens.size();
        var padded = TokenBatch.leftPadded(tokens, time);
        var positions = padded.positions();
        for (int i = 0; i < positions.length; i++) {
            positions[i] += padded.segments()[i] == 0 ? 0 : lengths[i / time];
        }
        var feed = LmGraph.feed(padded);
        feed.remove(LmGraph.SEGMENTS);
        feed.put(BEFORE, LmGraph.floats(lengths, batch));
        feed.put(COUNTS, LmGraph.floats(tokens.stream().mapToInt(row -> row.length).toArray(), batch));
        return feed;
    }

    /** The graph over arrays that stay: a state's own, changed in place, and those of a segment. */
    private record Fixed(FixedRun run, Map<String, INDArray> segment, String last) {

        static Optional<Fixed> of(SegmentGraph graph, DecodeState state) {
            var arrays = graph.feed(List.of(new int[state.lengths().length][0]), state.lengths());
            var inputs = new HashMap<>(state.arrays());
            inputs.putAll(arrays);
            var feedback = new FixedRun.Feedback(graph.states.placeHolders(name -> true), Map.of());
            return FixedRun.of(graph.sd, inputs, graph.states.namesWith(graph.last), feedback)
                    .map(run -> new Fixed(run, arrays, graph.last.name()));
        }

        void close() {
            run.free(last);
            run.close();
        }

        INDArray run(Map<String, INDArray> values) {
            values.forEach((name, value) -> segment.get(name).assign(value));
            run.run();
            return run.output(last);
        }
    }
}
