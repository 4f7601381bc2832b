package org.xlstm4j.bench;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.linear.BatchedProduct;

/**
 * Several products, each of a batch of square matrices, as ops of a graph.
 *
 * @param products in a row, so that what a single launch takes does not matter
 * @param batch    pairs of matrices of a product
 * @param size     rows and columns
 */
record ProductCase(int products, int batch, int size) implements OperatorCase {

    @Override
    public String operator() {
        return "product";
    }

    @Override
    public String shape() {
        return products + " × " + batch + " × " + size + "³";
    }

    @Override
    public long tokens() {
        return (long) products * batch * size;
    }

    @Override
    public List<Direction> directions() {
        return List.of(Direction.FORWARD);
    }

    @Override
    public Work work(Direction direction) {
        double matrix = (double) size * size;
        return Work.ofFloats(2.0 * tokens() * matrix, 3 * matrix * batch * products);
    }

    @Override
    public List<SDVariable> outputs(GraphInputs in) {
        var a = in.variable("a", batch, size, size);
        var b = in.variable("b", batch, size, size);
        var outputs = new ArrayList<SDVariable>();
        for (int i = 0; i < products; i++) {
            outputs.add(BatchedProduct.of(a, b));
        }
        return outputs;
    }
}
