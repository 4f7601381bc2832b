package org.xlstm4j.ops.mlstm;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The gradient of {@link MlstmOp}: its inputs without the segments, the hidden states, the gradients of its outputs,
 * then segments where there are any → the gradients of its inputs without the segments.
 */
public final class MlstmGradientOp extends JavaOp {
    private static final int GATED = 5;
    private static final int STATE = 3;

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
        return MlstmArguments.hasInitialState(this) ? GATED + STATE : GATED;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return inputs.subList(0, getNumOutputs()).stream().map(INDArray::shape).toList();
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var arguments = MlstmArguments.of(this);
        CpuCall.run(inputs, outputs, (in, out, worker) -> CpuMlstm.backward(arguments, in, out, worker));
    }
}
