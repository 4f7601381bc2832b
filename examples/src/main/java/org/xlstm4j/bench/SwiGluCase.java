package org.xlstm4j.bench;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.linear.SwiGlu;

/** The gated MLP. */
record SwiGluCase(int rows, int width, int intermediate) implements OperatorCase {

    @Override
    public String operator() {
        return "swiglu";
    }

    @Override
    public String shape() {
        return rows + " × " + width + " → " + intermediate;
    }

    @Override
    public long tokens() {
        return rows;
    }

    @Override
    public Work work(Direction direction) {
        double weights = 3.0 * width * intermediate;
        return Work.of(direction, 2 * rows * weights, (double) rows * width + weights, (double) rows * width);
    }

    @Override
    public List<SDVariable> outputs(GraphInputs in) {
        return List.of(SwiGlu.apply(in.variable("x", rows, width), in.parameter("gate", intermediate, width),
                in.parameter("up", intermediate, width), in.parameter("down", width, intermediate)));
    }
}
