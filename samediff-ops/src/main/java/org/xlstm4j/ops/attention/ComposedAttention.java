package org.xlstm4j.ops.attention;

import java.util.Arrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.heads.Heads;
import org.xlstm4j.ops.mask.SegmentMask;

/** Attention out of stock SameDiff ops: O(time²) time and memory, every score kept. */
final class ComposedAttention {
    /** What is taken off the scores of what is not seen. */
    static final double MASKED = 1e9;

    private ComposedAttention() {
    }

    static SDVariable causal(AttentionSpec spec, SDVariable query, SDVariable key, SDVariable value,
                             SDVariable segments) {
        var sd = query.getSameDiff();
        var mask = new SegmentMask(sd, query.dataType(), spec.time());
        var visible = spec.window()
                .map(window -> mask.causalWindow(segments, window.size(), window.sinks()))
                .orElseGet(() -> mask.causal(segments));
        var queries = new Heads(spec.heads(), spec.time(), spec.headDim()).split(query);
        var keys = repeated(spec, key, spec.headDim());
        var values = repeated(spec, value, spec.valueDim());
        var scores = sd.mmul(queries, keys, false, true, false).mul(spec.scale());
        var weights = sd.nn.softmax(scores.add(visible.sub(1.0).mul(MASKED)), 3);
        return new Heads(spec.heads(), spec.time(), spec.valueDim())
                .join(sd.mmul(weights, values, false, false, false));
    }

    private static SDVariable repeated(AttentionSpec spec, SDVariable x, int width) {
        var byHead = new Heads(spec.keyValueHeads(), spec.time(), width).split(x);
        return repeatHeads(byHead, spec.keyValueHeads(), spec.heads(), spec.time(), width);
    }

    static SDVariable repeatHeads(SDVariable x, int from, int to, int time, int width) {
        if (from == to) {
            return x;
        }
        // Concatenated rather than tiled: ND4J's gradient of tile is thirty times as slow.
        var copies = new SDVariable[to / from];
        Arrays.fill(copies, x.reshape(-1, from, 1, (long) time * width));
        return x.getSameDiff().concat(2, copies).reshape(-1, to, time, width);
    }
}
