package org.xlstm4j.bench;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.rope.Rope;
import org.xlstm4j.ops.rope.RopeSpec;

/** Rotary position embedding of queries. */
record RopeCase(Heads heads, int time) implements OperatorCase {

    @Override
    public String operator() {
        return "rope";
    }

    @Override
    public String shape() {
        return heads.shape(time);
    }

    @Override
    public long tokens() {
        return (long) heads.batch() * time;
    }

    @Override
    public Work work(Direction direction) {
        // The gradient is another rotation, which needs no x.
        double factor = direction == Direction.FORWARD ? 1 : 2;
        return Work.ofFloats(factor * 3 * heads.floats(time), factor * 2 * heads.floats(time));
    }

    @Override
    public List<SDVariable> outputs(GraphInputs in) {
        var spec = RopeSpec.of(heads.dim(), 10_000);
        var positions = in.placeholder("positions", Nd4j.arange(time).castTo(DataType.FLOAT).reshape(1, time).repeat(0, heads.batch()));
        return List.of(Rope.apply(spec, in.variable("query", heads.sequence(time)), Rope.tables(spec, positions),
                heads.count()));
    }
}
