package org.xlstm4j.ops.embedding;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;

/** Lookup of token embeddings. */
public final class Embedding {

    private Embedding() {
    }

    /**
     * The table's rows for the given ids. For an id outside the vocabulary, the CPU's fused form throws an
     * {@link IndexOutOfBoundsException}, and the GPU's, which is not waited for, gives a row of NaN; stock ops do not
     * look.
     *
     * @param table     [vocabSize, width]
     * @param ids       [rows], integer, each in [0, vocabSize)
     * @param vocabSize rows of the table
     * @return [rows, width]
     */
    public static SDVariable lookup(SDVariable table, SDVariable ids, int vocabSize) {
        return lookup(table, ids, vocabSize, table.dataType());
    }

    /**
     * The same rows rounded to a type, which all operators after it go on in: activations of 16 bits beside parameters
     * in float32.
     *
     * @param type FLOAT, BFLOAT16 or HALF, or the table's
     */
    public static SDVariable lookup(SDVariable table, SDVariable ids, int vocabSize, DataType type) {
        if (Form.isFused("Embedding", table.dataType())) {
            return new EmbeddingOp(table, ids, type).outputVariable();
        }
        var rows = ComposedEmbedding.lookup(table, ids, vocabSize);
        return type == table.dataType() ? rows : rows.castTo(type);
    }
}
