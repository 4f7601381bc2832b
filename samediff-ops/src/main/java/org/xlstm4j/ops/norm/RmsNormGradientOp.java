package org.xlstm4j.ops.norm;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The gradient of {@link RmsNormOp} and {@link AddRmsNormOp}: what is normalised, weight, dy, then further gradient of
 * what is normalised where there is any → its gradient, dweight, and where it is wanted its gradient once more.
 */
public final class RmsNormGradientOp extends JavaOp {

    /** For ND4J. */
    public RmsNormGradientOp() {
    }

    RmsNormGradientOp(List<SDVariable> inputs, double eps, boolean twice) {
        super(inputs);
        addTArgument(eps);
        addBArgument(twice);
    }

    @Override
    public String opName() {
        return "xlstm4j_rms_norm_gradient";
    }

    @Override
    public int getNumOutputs() {
        return isTwice() ? 3 : 2;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        var rows = inputs.get(0).shape();
        var weight = inputs.get(1).shape();
        return isTwice() ? List.of(rows, weight, rows) : List.of(rows, weight);
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> inputs) {
        var rows = inputs.get(0);
        var weight = inputs.get(1);
        return isTwice() ? List.of(rows, weight, rows) : List.of(rows, weight);
    }

    private boolean isTwice() {
        return bArguments.contains(true);
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        double eps = getTArgument(0);
        var from = RmsNormOp.parts(inputs, inputs.get(1), false);
        var to = RmsNormOp.parts(outputs, inputs.get(1), true);
        CpuCall.run(from, to, (in, out, worker) ->
                CpuRmsNorm.backward(in.get(0), in.get(1), in.get(2), in.size() > 3 ? in.get(3) : null, eps,
                        out.get(0), out.get(1), worker));
        if (isTwice()) {
            outputs.get(2).assign(outputs.get(0));
        }
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        double eps = getTArgument(0);
        CudaCall.run(inputs, outputs, (in, out, gpu) ->
                CudaRmsNorm.backward(in.get(0), in.get(1), in.get(2), in.size() > 3 ? in.get(3) : null, eps,
                        out.get(0), out.get(1), isTwice() ? out.get(2) : null, gpu));
    }
}
