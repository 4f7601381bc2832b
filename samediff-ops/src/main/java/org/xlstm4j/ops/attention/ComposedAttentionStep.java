package org.xlstm4j.ops.attention;

import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** A decoding step out of stock SameDiff ops: every slot is read and written. */
final class ComposedAttentionStep {
    private final AttentionSpec spec;
    private final RingBuffer ring;
    private final SameDiff sd;
    private final DataType dataType;
    /** [batch, 1]. */
    private final SDVariable positions;
    /** The slots' numbers, [1, slots]. */
    private final SDVariable slots;

    ComposedAttentionStep(AttentionSpec spec, RingBuffer ring, SDVariable positions) {
        this.spec = spec;
        this.ring = ring;
        this.sd = positions.getSameDiff();
        this.dataType = positions.dataType();
        this.positions = positions.reshape(-1, 1);
        this.slots = row(slot -> slot);
    }

    AttentionStep apply(SDVariable query, SDVariable key, SDVariable value, SDVariable keys, SDVariable values) {
        var written = written();
        var nextKeys = write(keys, key, written, spec.headDim());
        var nextValues = write(values, value, written, spec.valueDim());
        return new AttentionStep(attend(query, nextKeys, nextValues), nextKeys, nextValues);
    }

    /** 1 for the slot of the position and 0 for the others, [batch, slots]. */
    private SDVariable written() {
        var sinks = is(positions.eq(slots));
        if (ring.window() == 0) {
            return sinks;
        }
        var laps = positions.sub(slots).div(ring.window());
        var ring = is(laps.eq(sd.math.floor(laps))).mul(is(positions.gte(this.ring.sinks())));
        var isRing = row(slot -> slot < this.ring.sinks() ? 0 : 1);
        return isRing.mul(ring).add(isRing.rsub(1.0).mul(sinks));
    }

    private SDVariable write(SDVariable cache, SDVariable entry, SDVariable written, int width) {
        var mask = written.reshape(-1, ring.slots(), 1);
        return cache.mul(mask.rsub(1.0)).add(mask.mul(entry.reshape(-1, 1, spec.keyValueHeads() * width)));
    }

    private SDVariable attend(SDVariable query, SDVariable keys, SDVariable values) {
        var queries = query.reshape(-1, spec.keyValueHeads(), spec.groupHeads(), spec.headDim());
        var scores = sd.mmul(queries, heads(keys, spec.headDim()), false, true, false).mul(spec.scale());
        var visible = is(slots.lte(positions)).reshape(-1, 1, 1, ring.slots());
        var weights = sd.nn.softmax(scores.add(visible.sub(1.0).mul(ComposedAttention.MASKED)), 3);
        return sd.mmul(weights, heads(values, spec.valueDim()), false, false, false)
                .reshape(-1, spec.heads() * spec.valueDim());
    }

    /** [batch, keyValueHeads, slots, width]. */
    private SDVariable heads(SDVariable cache, int width) {
        return cache.reshape(-1, ring.slots(), spec.keyValueHeads(), width).permute(0, 2, 1, 3);
    }

    private SDVariable is(SDVariable condition) {
        return condition.castTo(dataType);
    }

    private SDVariable row(IntToDoubleFunction ofSlot) {
        var values = IntStream.range(0, ring.slots()).mapToDouble(ofSlot).toArray();
        return sd.constant(Nd4j.createFromArray(values).castTo(dataType).reshape(1, ring.slots()));
    }
}
