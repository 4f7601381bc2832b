package org.xlstm4j.ops.mlstm;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The gradient of {@link MlstmOp}: its inputs without the segments, hidden states and products, the gradients of hidden
 * and of the final state where there is one, then segments where there are any → the gradients of its inputs without
 * the segments.
 */
public final class MlstmGradientOp extends JavaOp {
    /** For ND4J. */
    public MlstmGradientOp() {
    }

    MlstmGradientOp(MlstmArguments arguments, List<SDVariable> inputs) {
        super(inputs);
        arguments.addTo(this);
    }

    @Override
    public String opName() {
        return "xlstm4j_mlstm_gradient";
    }

    @Override
    public int getNumOutputs() {
        return MlstmArguments.differentiable(this);
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return inputs.subList(0, getNumOutputs()).stream().map(INDArray::shape).toList();
    }

    /** Gradients are of the type of what they differentiate by. */
    @Override
    protected List<DataType> outputTypes(List<DataType> inputs) {
        return inputs.subList(0, getNumOutputs());
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var arguments = MlstmArguments.of(this);
        CpuCall.run(inputs, outputs, (in, out, worker) -> CpuMlstm.backward(arguments, in, out, worker));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        var arguments = MlstmArguments.of(this);
        CudaCall.run(inputs, outputs, (in, out, gpu) -> new CudaMlstmCall(arguments, in, out, gpu).backward());
    }
}
