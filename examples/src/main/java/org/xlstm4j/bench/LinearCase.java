package org.xlstm4j.bench;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.linear.Linear;

/** A projection without bias, as many features out as in. */
record LinearCase(int rows, int width) implements OperatorCase {

    @Override
    public String operator() {
        return "linear";
    }

    @Override
    public String shape() {
        return rows + " × " + width + " → " + width;
    }

    @Override
    public long tokens() {
        return rows;
    }

    @Override
    public Work work(Direction direction) {
        double weights = (double) width * width;
        return Work.of(direction, 2 * rows * weights, (double) rows * width + weights, (double) rows * width);
    }

    @Override
    public List<SDVariable> outputs(GraphInputs in) {
        return List.of(Linear.apply(in.variable("x", rows, width), in.parameter("weight", width, width)));
    }
}
