package org.xlstm4j.bench;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.attention.Attention;
import org.xlstm4j.ops.attention.AttentionSpec;
import org.xlstm4j.ops.attention.RingBuffer;

/**
 * A decoding step of softmax attention over a full cache of {@code slots} tokens, which a graph reads and writes
 * whole.
 */
record AttentionStepCase(Heads heads, int slots) implements OperatorCase {

    @Override
    public String operator() {
        return "attention-step";
    }

    @Override
    public String shape() {
        return "slots=" + slots + " H=" + heads.count() + " d=" + heads.dim();
    }

    @Override
    public long tokens() {
        return 1;
    }

    @Override
    public List<Direction> directions() {
        return List.of(Direction.FORWARD);
    }

    @Override
    public Work work(Direction direction) {
        return Work.ofFloats(4 * heads.floats(slots), 4 * heads.floats(slots) + 4 * heads.floats(1));
    }

    @Override
    public List<SDVariable> outputs(GraphInputs in) {
        var spec = AttentionSpec.causal(heads.count(), heads.count(), slots, heads.dim());
        long width = (long) heads.count() * heads.dim();
        var step = Attention.step(spec, new RingBuffer(slots, 0), in.variable("query", heads.sequence(1)),
                in.variable("key", heads.sequence(1)), in.variable("value", heads.sequence(1)),
                in.variable("keys", 1, slots, width), in.variable("values", 1, slots, width),
                in.placeholder("positions", Nd4j.valueArrayOf(new long[] {1}, slots - 1f)));
        return List.of(step.output(), step.keys(), step.values());
    }
}
