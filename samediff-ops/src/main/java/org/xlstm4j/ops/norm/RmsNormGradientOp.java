package org.xlstm4j.ops.norm;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.graph.JavaOp;

/** The gradient of {@link RmsNormOp}: x, weight, dy → dx, dweight. */
public final class RmsNormGradientOp extends JavaOp {

    /** For ND4J. */
    public RmsNormGradientOp() {
    }

    RmsNormGradientOp(SDVariable x, SDVariable weight, SDVariable dy, double eps) {
        super(List.of(x, weight, dy));
        addTArgument(eps);
    }

    @Override
    public String opName() {
        return "xlstm4j_rms_norm_gradient";
    }

    @Override
    public int getNumOutputs() {
        return 2;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape(), inputs.get(1).shape());
    }

    @Override
    protected void compute(List<INDArray> inputs, List<INDArray> outputs) {
        double eps = getTArgument(0);
        CpuCall.run(inputs, outputs, (in, out, worker) ->
                CpuRmsNorm.backward(in.get(0), in.get(1), in.get(2), eps, out.get(0), out.get(1), worker));
    }
}
