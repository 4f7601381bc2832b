package org.xlstm4j.bench;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.embedding.Embedding;

/** Lookup in a trainable table; the gradient is as large as the table. */
record EmbeddingCase(int rows, int width, int vocabSize) implements OperatorCase {

    @Override
    public String operator() {
        return "embedding";
    }

    @Override
    public String shape() {
        return rows + " × " + width + " of " + vocabSize;
    }

    @Override
    public long tokens() {
        return rows;
    }

    @Override
    public Work work(Direction direction) {
        double floats = (double) rows * width;
        return direction == Direction.FORWARD ? Work.ofFloats(0, 2 * floats)
                : Work.ofFloats(floats, 3 * floats + (double) vocabSize * width);
    }

    @Override
    public List<SDVariable> outputs(GraphInputs in) {
        return List.of(Embedding.lookup(in.parameter("table", vocabSize, width), in.ids("ids", vocabSize, rows),
                vocabSize));
    }
}
