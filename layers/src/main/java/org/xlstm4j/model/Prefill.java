package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.linear.Linear;

/** Reads prompts, or more tokens after what was read, in segments. */
final class Prefill {
    private static final String LAST = "last";
    /** Lengths are rounded up to multiples, for graphs to serve again. */
    private static final int STEP = 16;

    private final CausalLm model;
    private final int segment;
    private final Recent<Key, SegmentGraph> graphs = new Recent<>();
    private final SameDiff head = SameDiff.create();
    private final SDVariable logits;

    private record Key(int time, List<RingBuffer> rings) {
    }

    /** @param segment the most tokens of a sequence that are read at once */
    Prefill(CausalLm model, int segment) {
        this.model = model;
        this.segment = segment;
        var last = head.placeHolder(LAST, DataType.FLOAT, -1, model.config().hiddenSize());
        this.logits = Linear.apply(last, new GraphParameters(head, model, name -> false).head());
    }

    static int padded(int length) {
        return (length + STEP - 1) / STEP * STEP;
    }

    /**
     * What is to be read after {@code start}, whose state's arrays may be written to.
     *
     * @param tokens a row each, any of which may be empty
     */
    DecodeStep read(List<int[]> tokens, DecodeStep start, List<RingBuffer> rings) {
        int longest = tokens.stream().mapToInt(row -> row.length).max().orElseThrow();
        if (longest == 0) {
            return start;
        }
        int full = (longest - 1) / segment;
        int rest = longest - full * segment;
        var result = graph(padded(rest), rings).read(List.of(part(tokens, longest, longest - rest)), start.state());
        if (full > 0) {
            var segments = new ArrayList<List<int[]>>();
            for (int left = full * segment; left > 0; left -= segment) {
                segments.add(part(tokens, left, left - segment));
            }
            result = graph(segment, rings).read(segments, result.state());
        }
        return new DecodeStep(logits(result.last(), tokens, start.logits()), result.state());
    }

    private SegmentGraph graph(int time, List<RingBuffer> rings) {
        return graphs.get(new Key(time, rings), key -> new SegmentGraph(model, time, rings));
    }

    /** The tokens that have at most {@code most} and more than {@code fewest} up to their row's end. */
    private static List<int[]> part(List<int[]> tokens, int most, int fewest) {
        return tokens.stream().map(row -> Arrays.copyOfRange(row, Math.max(0, row.length - most),
                Math.max(0, row.length - fewest))).toList();
    }

    /** The logits after each row's last token, as they were where nothing was read. */
    private INDArray logits(INDArray last, List<int[]> tokens, INDArray before) {
        PlannedSession.use(head);
        var after = head.output(Map.of(LAST, last), logits.name()).get(logits.name());
        IntStream.range(0, tokens.size()).filter(row -> tokens.get(row).length == 0).forEach(row -> {
            var same = NDArrayIndex.interval(row, row + 1);
            after.get(same, NDArrayIndex.all()).assign(before.get(same, NDArrayIndex.all()));
        });
        return after;
    }
}
