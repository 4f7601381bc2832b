package org.xlstm4j.ops.rope;

import java.util.Arrays;
import org.nd4j.autodiff.samediff.SDVariable;

/** The rotation out of stock SameDiff ops: x ⊙ cos + rotate(x) ⊙ sin, where rotate maps (a, b) to (−b, a). */
final class ComposedRope {

    private ComposedRope() {
    }

    static SDVariable apply(RopeSpec spec, SDVariable x, Rope.Tables tables, int heads) {
        var sd = x.getSameDiff();
        int half = spec.headDim() / 2;
        var perHead = x.reshape(-1, heads, spec.headDim());
        var size = new int[] {-1, heads, half};
        var low = sd.slice(perHead, new int[] {0, 0, 0}, size);
        var high = sd.slice(perHead, new int[] {0, 0, half}, size);
        var rotated = sd.concat(2, high.neg(), low).reshape(-1, heads * spec.headDim());
        return x.mul(repeat(tables.cos(), 2 * heads)).add(rotated.mul(repeat(tables.sin(), 2 * heads)));
    }

    /** A table for every half of a head: ND4J's gradient of a product that broadcasts is far slower. */
    private static SDVariable repeat(SDVariable table, int times) {
        var copies = new SDVariable[times];
        Arrays.fill(copies, table);
        return table.getSameDiff().concat(1, copies);
    }
}
