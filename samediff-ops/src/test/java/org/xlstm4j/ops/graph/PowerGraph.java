package org.xlstm4j.ops.graph;

import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.testing.RandomArrays;

/**
 * A graph around one {@link PowerOp}: loss = Σ power, and Σ product where the second output is used, too.
 *
 * @param sd   the graph, with placeholder "x", variable "w" and the outputs "power" and "product"
 * @param used whether the loss reads the second output
 */
record PowerGraph(SameDiff sd, boolean used) {
    static final int EXPONENT = 3;
    static final double FACTOR = 0.5;
    static final String[] DIFFERENTIATED = {"x", "w"};
    private static final int WIDTH = 3;

    static PowerGraph of(boolean used, INDArray w) {
        var sd = SameDiff.create();
        var x = sd.placeHolder("x", DataType.FLOAT, -1, WIDTH);
        var out = outputs(x, sd.var("w", w));
        var loss = out[0].sum();
        sd.setLossVariables((used ? loss.add(out[1].sum()) : loss).rename("loss").name());
        return new PowerGraph(sd, used);
    }

    static SDVariable[] outputs(SDVariable x, SDVariable w) {
        var out = new PowerOp(x, w, EXPONENT, FACTOR).outputVariables();
        return new SDVariable[] {out[0].rename("power"), out[1].rename("product")};
    }

    static INDArray matrix(long seed, long rows) {
        return new RandomArrays(seed).normal(rows, WIDTH).castTo(DataType.FLOAT);
    }

    static Map<String, INDArray> outputs(SameDiff sd, INDArray x) {
        return sd.output(Map.of("x", x), "power", "product");
    }

    static Map<String, INDArray> gradients(SameDiff sd, INDArray x) {
        return sd.calculateGradients(Map.of("x", x), DIFFERENTIATED);
    }

    static Map<String, INDArray> expectedOutputs(INDArray x, INDArray w) {
        return Map.of("power", x.mul(x).muli(x).muli(FACTOR), "product", x.mul(w).muli(FACTOR));
    }

    Map<String, INDArray> expectedGradients(INDArray x, INDArray w) {
        var dx = x.mul(x).muli(EXPONENT * FACTOR);
        return Map.of("x", used ? dx.addi(w.mul(FACTOR)) : dx,
                "w", used ? x.mul(FACTOR) : Nd4j.zerosLike(w));
    }
}
