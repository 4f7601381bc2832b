package org.xlstm4j.ops.embedding;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.VariableType;

/** Lookup of token embeddings. */
public final class Embedding {

    private Embedding() {
    }

    /**
     * The table's rows for the given ids. A constant table is gathered; a trainable one is multiplied by one-hot rows,
     * since the gradient of {@code gather} throws on ND4J M2.1.
     *
     * @param table     [vocabSize, width]
     * @param ids       [rows], integer, each in [0, vocabSize)
     * @param vocabSize rows of the table
     * @return [rows, width]
     */
    public static SDVariable lookup(SDVariable table, SDVariable ids, int vocabSize) {
        var sd = table.getSameDiff();
        if (table.getVariableType() == VariableType.CONSTANT) {
            return sd.gather(table, ids, 0);
        }
        return sd.oneHot(ids, vocabSize, -1, 1.0, 0.0, table.dataType()).mmul(table);
    }
}
