package org.xlstm4j.ops.slstm;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.graph.GradientOp;

/**
 * The gradient of {@link SlstmOp}: its inputs, the hidden states, and the gradients of hidden and, where there is a
 * final state, of its cell, normalizer and hidden → the gradients of gates, recurrent weights and, where there is an
 * initial state, of its cell, normalizer and hidden.
 */
public final class SlstmGradientOp extends GradientOp {

    /** For ND4J. */
    public SlstmGradientOp() {
    }

    SlstmGradientOp(SlstmArguments arguments, List<SDVariable> by, List<SDVariable> others) {
        super(by, others);
        arguments.addTo(this);
    }

    @Override
    public String opName() {
        return "xlstm4j_slstm_gradient";
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var arguments = SlstmArguments.of(this);
        CpuCall.run(inputs, outputs, (in, out, worker) ->
                new CpuSlstmGradient(arguments, in, perInput(out), worker).run());
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        throw SlstmOp.noCuda();
    }
}
