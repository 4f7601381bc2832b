package org.xlstm4j.ops.loss;

import java.util.Collections;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/** The gradient of {@link LossSumOp}: weights, the scalar's gradient → that of each of the losses. */
public final class LossSumGradientOp extends JavaOp {

    /** For ND4J. */
    public LossSumGradientOp() {
    }

    LossSumGradientOp(SDVariable weights, SDVariable dSum, List<Double> factors) {
        super(List.of(weights, dSum));
        factors.forEach(factor -> addTArgument(factor));
    }

    @Override
    public String opName() {
        return "xlstm4j_loss_sum_gradient";
    }

    @Override
    public int getNumOutputs() {
        return tArguments.size();
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return Collections.nCopies(getNumOutputs(), inputs.get(0).shape());
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        CpuCall.run(inputs, outputs, (in, out, worker) ->
                CpuLossSum.backward(in.get(0), in.get(1), tArguments, out, worker));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        CudaCall.run(inputs, outputs, (in, out, gpu) ->
                CudaLossSum.backward(in.get(0), in.get(1), tArguments, out, gpu));
    }
}
