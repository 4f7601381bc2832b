package org.xlstm4j.layers;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.heads.Heads;
import org.xlstm4j.ops.rope.Rope;
import org.xlstm4j.ops.rope.RopeSpec;

/** The steps' positions as queries and keys of a layer show them, by RoPE. */
final class Positions {
    private final RopeSpec spec;
    private final Heads heads;
    private final Rope.Tables tables;

    /**
     * @param mask  [minibatch, time]
     * @param first the position of the first step, [minibatch, 1]; null for 0
     */
    Positions(RopeSpec spec, Heads heads, SDVariable mask, SDVariable first) {
        this.spec = spec;
        this.heads = heads;
        this.tables = Rope.tables(spec, first == null ? positions(mask) : positions(mask).add(first));
    }

    /** From 0 on in every example: the mask gives the size of the minibatch alone. */
    private SDVariable positions(SDVariable mask) {
        var steps = Nd4j.arange(heads.time()).castTo(mask.dataType()).reshape(1, heads.time());
        return mask.mul(0.0).add(mask.getSameDiff().constant(steps));
    }

    /** Queries of all heads and keys of {@code keyHeads}, turned by their positions. */
    Rope.Rotated rotate(SDVariable query, SDVariable key, int keyHeads) {
        return Rope.apply(spec, query, key, tables, heads.count(), keyHeads);
    }
}
