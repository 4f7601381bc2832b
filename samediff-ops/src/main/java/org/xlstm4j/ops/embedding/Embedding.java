package org.xlstm4j.ops.embedding;

import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.Form;

/** Lookup of token embeddings. */
public final class Embedding {

    private Embedding() {
    }

    /**
     * The table's rows for the given ids. The fused form throws an {@link IndexOutOfBoundsException} when it meets an
     * id outside the vocabulary; stock ops do not look.
     *
     * @param table     [vocabSize, width]
     * @param ids       [rows], integer, each in [0, vocabSize)
     * @param vocabSize rows of the table
     * @return [rows, width]
     */
    public static SDVariable lookup(SDVariable table, SDVariable ids, int vocabSize) {
        return Form.isFused("Embedding", table.dataType())
                ? new EmbeddingOp(table, ids).outputVariable() : ComposedEmbedding.lookup(table, ids, vocabSize);
    }
}
