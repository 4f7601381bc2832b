package org.xlstm4j.ops.embedding;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.VariableType;

/**
 * The lookup out of stock SameDiff ops. A constant table is gathered; a trainable one is multiplied by one-hot rows,
 * since the gradient of {@code gather} throws on ND4J M2.1.
 */
final class ComposedEmbedding {

    private ComposedEmbedding() {
    }

    static SDVariable lookup(SDVariable table, SDVariable ids, int vocabSize) {
        var sd = table.getSameDiff();
        if (table.getVariableType() == VariableType.CONSTANT) {
            return sd.gather(table, ids, 0);
        }
        return sd.oneHot(ids, vocabSize, -1, 1.0, 0.0, table.dataType()).mmul(table);
    }
}
