package org.xlstm4j.ops.hybrid;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The gradient of {@link HybridOp}: {@link Operands}, gate, the branches' outputs and attention's log-sum-exp, the
 * gradients of hidden and gate, and of the final state where it was wanted, then segments where there are any → the
 * gradients of the operands.
 */
public final class HybridGradientOp extends JavaOp {

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

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var arguments = HybridArguments.of(this);
        CpuCall.run(inputs, outputs, (in, out, worker) ->
                new CpuHybridGradient(arguments, in, worker).run(Operands.of(out)));
    }
}
