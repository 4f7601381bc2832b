package org.xlstm4j.ops.linear;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.GradientOp;

/** The gradient of {@link SwiGluOp}: its inputs, what it keeps, dy → dx, dgate, dup, ddown. */
public final class SwiGluGradientOp extends GradientOp {

    /** For ND4J. */
    public SwiGluGradientOp() {
    }

    SwiGluGradientOp(List<SDVariable> inputs, List<SDVariable> keptAndUpstream, Precision precision) {
        super(inputs, keptAndUpstream);
        addIArgument(precision.ordinal());
    }

    @Override
    public String opName() {
        return "xlstm4j_swiglu_gradient";
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        CpuCall.run(inputs, outputs, (in, out, worker) -> {
            var gradients = perInput(out);
            new CpuSwiGluGradient(in.get(0), in.get(1), in.get(2), in.get(3), in.get(4), in.get(5), in.get(6),
                    gradients.get(0), gradients.get(1), gradients.get(2), gradients.get(3)).run(worker);
        });
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        CudaCall.run(inputs, outputs, (in, out, gpu) -> {
            var gradients = perInput(out);
            CudaSwiGlu.backward(in.get(0), in.get(1), in.get(2), in.get(3), in.get(4), in.get(5), in.get(6),
                    gradients.get(0), gradients.get(1), gradients.get(2), gradients.get(3), Precision.of(this, 0), gpu);
        });
    }
}
