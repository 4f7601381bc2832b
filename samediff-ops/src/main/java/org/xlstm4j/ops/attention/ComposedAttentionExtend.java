package org.xlstm4j.ops.attention;

import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.heads.Heads;

/** Some more tokens of every sequence out of stock SameDiff ops: every slot and every score is kept and read. */
final class ComposedAttentionExtend {
    private final AttentionSpec spec;
    private final RingBuffer ring;
    private final Extension extension;
    private final SameDiff sd;
    private final DataType dataType;
    /** Tokens read before, [batch, 1]. */
    private final SDVariable before;
    /** The slots' numbers, [1, slots]. */
    private final SDVariable slots;
    /** 1 for slots of the ring, [1, slots]. */
    private final SDVariable isRing;
    /** The tokens' positions, [batch, time]. */
    private final SDVariable positions;
    /** 1 for tokens, 0 for padding, [batch, time]. */
    private final SDVariable real;

    ComposedAttentionExtend(AttentionSpec spec, Extension extension) {
        this.spec = spec;
        this.ring = extension.ring();
        this.extension = extension;
        this.sd = extension.positions().getSameDiff();
        this.dataType = extension.positions().dataType();
        this.before = extension.positions().reshape(-1, 1);
        this.slots = row(ring.slots(), slot -> slot);
        this.isRing = row(ring.slots(), slot -> slot < ring.sinks() ? 0 : 1);
        this.positions = before.add(extension.counts().reshape(-1, 1))
                .add(row(spec.time(), step -> step - spec.time()));
        this.real = is(positions.gte(before));
    }

    AttentionStep apply(SDVariable query, SDVariable key, SDVariable value) {
        var written = written();
        var keys = rows(key, spec.headDim());
        var values = rows(value, spec.valueDim());
        return new AttentionStep(attend(query, keys, values), write(extension.keys(), keys, written),
                write(extension.values(), values, written));
    }

    private SDVariable rows(SDVariable entries, int width) {
        return entries.reshape(-1, spec.time(), (long) spec.keyValueHeads() * width);
    }

    /** 1 where a token is in a slot in the end, [batch, slots, time]. */
    private SDVariable written() {
        var at = positions.reshape(-1, 1, spec.time());
        var to = slots.reshape(1, ring.slots(), 1);
        var isSink = isRing.rsub(1.0).reshape(1, ring.slots(), 1);
        var here = is(at.eq(to)).mul(isSink);
        if (ring.window() > 0) {
            var laps = at.sub(to).div(ring.window());
            var end = positions.max(true, 1).reshape(-1, 1, 1);
            here = here.add(is(laps.eq(sd.math.floor(laps))).mul(is(at.gte(ring.sinks())))
                    .mul(is(at.gt(end.sub(ring.window())))).mul(isSink.rsub(1.0)));
        }
        return here.mul(real.reshape(-1, 1, spec.time()));
    }

    private SDVariable write(SDVariable cache, SDVariable entries, SDVariable written) {
        var kept = written.sum(true, 2).rsub(1.0);
        return cache.mul(kept).add(sd.mmul(written.castTo(entries.dataType()), entries, false, false, false));
    }

    private SDVariable attend(SDVariable query, SDVariable keys, SDVariable values) {
        var heads = new Heads(spec.heads(), spec.time(), spec.headDim());
        var scores = sd.mmul(heads.split(query), all(extension.keys(), keys, spec.headDim()), false, true, false)
                .mul(spec.scale());
        var visible = sd.concat(2, seesSlot(), seesToken()).reshape(-1, 1, spec.time(), ring.slots() + spec.time());
        var hidden = visible.sub(1.0).mul(ComposedAttention.MASKED).castTo(scores.dataType());
        var weights = sd.nn.softmax(scores.add(hidden), 3);
        var output = sd.mmul(weights, all(extension.values(), values, spec.valueDim()), false, false, false)
                .mul(real.castTo(scores.dataType()).reshape(-1, 1, spec.time(), 1));
        return new Heads(spec.heads(), spec.time(), spec.valueDim()).join(output);
    }

    /** The cache and the tokens behind it, by query head: [batch, heads, slots + time, width]. */
    private SDVariable all(SDVariable cache, SDVariable entries, int width) {
        int length = ring.slots() + spec.time();
        var together = sd.concat(1, cache, entries).reshape(-1, length, spec.keyValueHeads(), width)
                .permute(0, 2, 1, 3);
        return ComposedAttention.repeatHeads(together, spec.keyValueHeads(), spec.heads(), length, width);
    }

    /** 1 where a token sees what a slot held before, [batch, time, slots]. */
    private SDVariable seesSlot() {
        var isHeld = is(slots.lt(before)).reshape(-1, 1, ring.slots());
        if (spec.window().isEmpty()) {
            return isHeld.mul(positions.reshape(-1, spec.time(), 1).mul(0).add(1.0));
        }
        var held = slots;
        if (ring.window() > 0) {
            var laps = sd.math.floor(before.sub(1.0).sub(slots).div(ring.window()));
            held = slots.add(isRing.mul(laps).mul(ring.window()));
        }
        return isHeld.mul(sees(held, ring.slots()));
    }

    /** 1 where a token sees another one, [batch, time, time]. */
    private SDVariable seesToken() {
        var later = positions.reshape(-1, spec.time(), 1);
        var earlier = positions.reshape(-1, 1, spec.time());
        var causal = is(earlier.lte(later)).mul(real.reshape(-1, 1, spec.time()));
        return spec.window().isEmpty() ? causal : causal.mul(sees(positions, spec.time()));
    }

    /** 1 where a position is near a token's or that of a sink, [batch, time, count]. */
    private SDVariable sees(SDVariable others, int count) {
        var window = spec.window().orElseThrow();
        var other = others.reshape(-1, 1, count);
        var near = is(positions.reshape(-1, spec.time(), 1).sub(other).lt(window.size()));
        var sink = is(other.lt(window.sinks()));
        return near.add(near.rsub(1.0).mul(sink));
    }

    private SDVariable is(SDVariable condition) {
        return condition.castTo(dataType);
    }

    private SDVariable row(int length, IntToDoubleFunction of) {
        var values = IntStream.range(0, length).mapToDouble(of).toArray();
        return sd.constant(Nd4j.createFromArray(values).castTo(dataType).reshape(1, length));
    }
}
