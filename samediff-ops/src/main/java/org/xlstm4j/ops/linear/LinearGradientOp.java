package org.xlstm4j.ops.linear;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.GradientOp;

/** The gradient of {@link LinearOp}: its inputs, one dy a weight → the gradients of its inputs. */
public final class LinearGradientOp extends GradientOp {

    /** For ND4J. */
    public LinearGradientOp() {
    }

    LinearGradientOp(List<SDVariable> inputs, List<SDVariable> dys, Precision precision) {
        super(inputs, dys);
        addIArgument(precision.ordinal());
    }

    @Override
    public String opName() {
        return "xlstm4j_linear_gradient";
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        CpuCall.run(inputs, outputs, (in, out, worker) -> {
            var gradients = perInput(out);
            var dys = in.subList(gradients.size(), in.size());
            int biases = 1 + dys.size();
            CpuLinear.backward(in.get(0), in.subList(1, biases), dys, gradients.get(0),
                    gradients.subList(1, biases), gradients.subList(biases, gradients.size()), worker);
        });
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        CudaCall.run(inputs, outputs, (in, out, gpu) -> {
            var gradients = perInput(out);
            var dys = in.subList(gradients.size(), in.size());
            int biases = 1 + dys.size();
            CudaLinear.backward(in.get(0), in.subList(1, biases), dys, gradients.get(0),
                    gradients.subList(1, biases), gradients.subList(biases, gradients.size()), Precision.of(this, 0),
                    gpu);
        });
    }
}
