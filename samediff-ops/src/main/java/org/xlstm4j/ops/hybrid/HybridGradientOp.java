package org.xlstm4j.ops.hybrid;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The gradient of {@link HybridOp}: {@link Operands}, gate, the branches' outputs, attention's log-sum-exp and the
 * mLSTM's products, the gradients of hidden and gate, and of the final state where it was wanted, then segments where
 * there are any → the gradients of the operands.
 */
public final class HybridGradientOp extends JavaOp {
    /** Where the gradients of hidden and gate are, and those of the final state. */
    static final int D_HIDDEN = Operands.COUNT + 5;
    static final int D_STATE = D_HIDDEN + 2;

    /** For ND4J. */
    public HybridGradientOp() {
    }

    HybridGradientOp(HybridArguments arguments, List<SDVariable> inputs) {
        super(inputs);
        arguments.addTo(this);
    }

    @Override
    public String opName() {
        return "xlstm4j_hybrid_gradient";
    }

    @Override
    public int getNumOutputs() {
        return Operands.COUNT;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return inputs.subList(0, Operands.COUNT).stream().map(INDArray::shape).toList();
    }

    /** Gradients are of the type of what they differentiate by. */
    @Override
    protected List<DataType> outputTypes(List<DataType> inputs) {
        return inputs.subList(0, Operands.COUNT);
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var arguments = HybridArguments.of(this);
        CpuCall.run(inputs, outputs, (in, out, worker) ->
                new CpuHybridGradient(arguments, in, worker).run(Operands.of(out)));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        var arguments = HybridArguments.of(this);
        CudaCall.run(inputs, outputs, (in, out, gpu) ->
                new CudaHybridGradient(arguments, in, gpu).run(Operands.of(out)));
    }
}
