package org.xlstm4j.ops.rope;

import java.util.Arrays;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.factory.Nd4j;

/** Rotary position embedding (arXiv 2104.09864): queries and keys turned by angles that grow with their position. */
public final class Rope {

    private Rope() {
    }

    /**
     * Cosines and sines of a batch's positions, shared by all layers.
     *
     * @param cos [batch, 1, time, headDim]
     * @param sin [batch, 1, time, headDim]
     */
    public record Tables(SDVariable cos, SDVariable sin) {
    }

    /**
     * The tables for the given positions.
     *
     * @param spec      frequencies
     * @param positions [batch, time], floating point, counted from 0 in every document
     * @param time      length of the time axis
     */
    public static Tables tables(RopeSpec spec, SDVariable positions, int time) {
        var sd = positions.getSameDiff();
        int half = spec.headDim() / 2;
        var frequencies = sd.constant(Nd4j.createFromArray(spec.inverseFrequencies())
                .castTo(positions.dataType()).reshape(1, 1, 1, half));
        var angles = positions.reshape(-1, 1, time, 1).mul(frequencies);
        var full = sd.concat(3, angles, angles);
        return new Tables(sd.math.cos(full), sd.math.sin(full));
    }

    /**
     * x ⊙ cos + rotate(x) ⊙ sin, where rotate maps the halves (a, b) of a head to (−b, a).
     *
     * @param spec   frequencies
     * @param x      [batch, heads, time, headDim]
     * @param tables of the positions of x
     * @param heads  heads of x
     * @param time   length of the time axis
     * @return [batch, heads, time, headDim]
     */
    public static SDVariable apply(RopeSpec spec, SDVariable x, Tables tables, int heads, int time) {
        var sd = x.getSameDiff();
        int half = spec.headDim() / 2;
        var size = new int[] {-1, heads, time, half};
        var low = sd.slice(x, new int[] {0, 0, 0, 0}, size);
        var high = sd.slice(x, new int[] {0, 0, 0, half}, size);
        var rotated = sd.concat(3, high.neg(), low);
        return x.mul(repeat(tables.cos(), heads)).add(rotated.mul(repeat(tables.sin(), heads)));
    }

    /** A table for every head: ND4J's gradient of a product that broadcasts is far slower than one that does not. */
    private static SDVariable repeat(SDVariable table, int heads) {
        var copies = new SDVariable[heads];
        Arrays.fill(copies, table);
        return heads == 1 ? table : table.getSameDiff().concat(1, copies);
    }
}
