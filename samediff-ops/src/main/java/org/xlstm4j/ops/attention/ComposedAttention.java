package org.xlstm4j.ops.attention;

import java.util.Arrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.mask.SegmentMask;

/** Attention out of stock SameDiff ops: O(time²) time and memory, every score kept. */
final class ComposedAttention {
    private static final double MASKED = 1e9;

    private ComposedAttention() {
    }

    static SDVariable causal(AttentionSpec spec, SDVariable query, SDVariable key, SDVariable value,
                             SDVariable segments) {
        var mask = new SegmentMask(query.getSameDiff(), query.dataType(), spec.time());
        var visible = spec.window()
                .map(window -> mask.causalWindow(segments, window.size(), window.sinks()))
                .orElseGet(() -> mask.causal(segments));
        return attend(spec, query, key, value, visible);
    }

    static SDVariable step(AttentionSpec spec, SDVariable query, SDVariable keys, SDVariable values,
                           SDVariable visible) {
        return attend(spec, query, keys, values, visible.reshape(-1, 1, 1, spec.time()));
    }

    private static SDVariable attend(AttentionSpec spec, SDVariable query, SDVariable key, SDVariable value,
                                     SDVariable visible) {
        var sd = query.getSameDiff();
        var keys = repeatHeads(key, spec.keyValueHeads(), spec.heads(), spec.time(), spec.headDim());
        var values = repeatHeads(value, spec.keyValueHeads(), spec.heads(), spec.time(), spec.valueDim());
        var scores = sd.mmul(query, keys, false, true, false).mul(spec.scale());
        var weights = sd.nn.softmax(scores.add(visible.sub(1.0).mul(MASKED)), 3);
        return sd.mmul(weights, values, false, false, false);
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
