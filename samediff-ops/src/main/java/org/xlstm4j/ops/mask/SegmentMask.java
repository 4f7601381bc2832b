package org.xlstm4j.ops.mask;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Masks over pairs of tokens, [batch or 1, 1, time, time] with the query on the third axis and the key on the fourth:
 * 1 where the key may be read, 0 where not. Segments number the documents of a row, [batch, time], or are null.
 */
public record SegmentMask(SameDiff sd, DataType dataType, int time) {

    /** Keys of the same segment that do not lie after the query. */
    public SDVariable causal(SDVariable segments) {
        var causal = constant((query, key) -> key <= query);
        return segments == null ? causal : causal.mul(sameSegment(segments));
    }

    /** Keys of the same segment at most {@code window} − 1 tokens back, and the segment's first {@code sinks}. */
    public SDVariable causalWindow(SDVariable segments, int window, int sinks) {
        if (segments == null) {
            return constant((query, key) -> key <= query && (query - key < window || key < sinks));
        }
        var near = constant((query, key) -> key <= query && query - key < window);
        var same = sameSegment(segments);
        if (sinks == 0) {
            return near.mul(same);
        }
        var far = constant((query, key) -> query - key >= window);
        var earlier = constant((query, key) -> query < key);
        // How many tokens of its own segment stand before each key, [batch, 1, 1, time].
        var position = same.mul(earlier).sum(true, 2);
        var sink = position.lt(sinks).castTo(dataType);
        return same.mul(near.add(far.mul(sink)));
    }

    /** [batch, 1, time, time]: 1 where query and key belong to one segment. */
    private SDVariable sameSegment(SDVariable segments) {
        return segments.reshape(-1, 1, time, 1).eq(segments.reshape(-1, 1, 1, time)).castTo(dataType);
    }

    private SDVariable constant(PairTest test) {
        var values = new float[time][time];
        for (int query = 0; query < time; query++) {
            for (int key = 0; key < time; key++) {
                values[query][key] = test.holds(query, key) ? 1 : 0;
            }
        }
        INDArray array = Nd4j.createFromArray(values).castTo(dataType).reshape(1, 1, time, time);
        return sd.constant(array);
    }

    private interface PairTest {
        boolean holds(int query, int key);
    }
}
