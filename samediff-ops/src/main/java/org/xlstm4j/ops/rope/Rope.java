package org.xlstm4j.ops.rope;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;

/** Rotary position embedding (arXiv 2104.09864): queries and keys turned by angles that grow with their position. */
public final class Rope {

    private Rope() {
    }

    /**
     * Cosines and sines of a batch's positions, times the scaling's attention factor; shared by all layers.
     *
     * @param cos [batch · time, headDim / 2]
     * @param sin [batch · time, headDim / 2]
     */
    public record Tables(SDVariable cos, SDVariable sin) {
    }

    /**
     * The tables for the given positions.
     *
     * @param spec      frequencies
     * @param positions [batch, time] or [batch · time], floating point, counted from 0 in every document
     */
    public static Tables tables(RopeSpec spec, SDVariable positions) {
        var sd = positions.getSameDiff();
        var frequencies = sd.constant(Nd4j.createFromArray(spec.inverseFrequencies())
                .castTo(positions.dataType()).reshape(1, spec.headDim() / 2));
        double factor = spec.scaling().attentionFactor();
        if (isFused(positions)) {
            var tables = new RopeTablesOp(positions, frequencies, factor).outputVariables();
            return new Tables(tables[0], tables[1]);
        }
        var angles = positions.reshape(-1, 1).mul(frequencies);
        var cos = sd.math.cos(angles);
        var sin = sd.math.sin(angles);
        return factor == 1 ? new Tables(cos, sin) : new Tables(cos.mul(factor), sin.mul(factor));
    }

    /**
     * Turns each pair (a, b) of entries i and i + headDim / 2 of a head to (a cos − b sin, b cos + a sin). The tables
     * get no gradient.
     *
     * @param spec   frequencies
     * @param x      [batch · time, heads · headDim]
     * @param tables of the positions of x
     * @param heads  heads of x
     * @return [batch · time, heads · headDim]
     */
    public static SDVariable apply(RopeSpec spec, SDVariable x, Tables tables, int heads) {
        return isFused(x)
                ? new RopeOp(List.of(x), tables, false).outputVariable() : ComposedRope.apply(spec, x, tables, heads);
    }

    /**
     * Queries and keys after their rotation.
     *
     * @param query [batch · time, heads · headDim]
     * @param key   [batch · time, keyValueHeads · headDim]
     */
    public record Rotated(SDVariable query, SDVariable key) {
    }

    /**
     * Turns queries and keys as {@link #apply(RopeSpec, SDVariable, Tables, int)} does, but faster than one after the
     * other.
     *
     * @param spec          frequencies
     * @param query         [batch · time, heads · headDim]
     * @param key           [batch · time, keyValueHeads · headDim]
     * @param tables        of the positions of both
     * @param heads         heads of the queries
     * @param keyValueHeads heads of the keys
     */
    public static Rotated apply(RopeSpec spec, SDVariable query, SDVariable key, Tables tables, int heads,
                                int keyValueHeads) {
        if (!isFused(query)) {
            return new Rotated(ComposedRope.apply(spec, query, tables, heads),
                    ComposedRope.apply(spec, key, tables, keyValueHeads));
        }
        var turned = new RopeOp(List.of(query, key), tables, false).outputVariables();
        return new Rotated(turned[0], turned[1]);
    }

    private static boolean isFused(SDVariable x) {
        return Form.isFused("RoPE", x.dataType());
    }
}
