package org.xlstm4j.ops.norm;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/** RMSNorm as one op: x, weight → y. */
public final class RmsNormOp extends JavaOp {

    /** For ND4J. */
    public RmsNormOp() {
    }

    RmsNormOp(SDVariable x, SDVariable weight, double eps) {
        super(List.of(x, weight));
        addTArgument(eps);
    }

    @Override
    public String opName() {
        return "xlstm4j_rms_norm";
    }

    @Override
    public int getNumOutputs() {
        return 1;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape());
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        double eps = getTArgument(0);
        CpuCall.run(inputs, outputs, (in, out, worker) ->
                CpuRmsNorm.forward(in.get(0), in.get(1), eps, out.get(0)));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        double eps = getTArgument(0);
        CudaCall.run(inputs, outputs, (in, out, gpu) ->
                CudaRmsNorm.forward(in.get(0), null, in.get(1), eps, null, out.get(0), gpu));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        var inputs = List.of(arg(0), arg(1), gradients.get(0));
        return List.of(new RmsNormGradientOp(inputs, getTArgument(0), false).outputVariables());
    }
}
