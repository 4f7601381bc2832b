package org.xlstm4j.ops.linear;

import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.Form;

/** Products of matrices, pair by pair. ND4J's own take a thousand times as long on a GPU as cuBLAS does. */
public final class BatchedProduct {

    private BatchedProduct() {
    }

    /**
     * C_i = A_i · B_i.
     *
     * @param a [batch, m, k]
     * @param b [batch, k, n]
     * @return [batch, m, n]
     */
    public static SDVariable of(SDVariable a, SDVariable b) {
        return of(a, false, b, false);
    }

    /**
     * C_i = op(A_i) · op(B_i), where op transposes or does not.
     *
     * @param a [batch, m, k], transposed [batch, k, m]
     * @param b [batch, k, n], transposed [batch, n, k]
     * @return [batch, m, n]
     */
    public static SDVariable of(SDVariable a, boolean transposeA, SDVariable b, boolean transposeB) {
        return Form.isFused("BatchedProduct", a.dataType())
                ? new BatchedProductOp(a, transposeA, b, transposeB).outputVariable()
                : a.getSameDiff().mmul(a, b, transposeA, transposeB, false);
    }
}
