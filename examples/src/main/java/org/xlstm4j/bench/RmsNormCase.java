package org.xlstm4j.bench;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.norm.RmsNorm;

/** RMSNorm over rows of tokens. */
record RmsNormCase(int rows, int width) implements OperatorCase {

    @Override
    public String operator() {
        return "rms-norm";
    }

    @Override
    public String shape() {
        return rows + " × " + width;
    }

    @Override
    public long tokens() {
        return rows;
    }

    @Override
    public Work work(Direction direction) {
        return Work.of(direction, 4.0 * rows * width, (double) rows * width + width, (double) rows * width);
    }

    @Override
    public List<SDVariable> outputs(GraphInputs in) {
        return List.of(RmsNorm.apply(in.variable("x", rows, width), in.parameter("weight", width), 1e-6));
    }
}
