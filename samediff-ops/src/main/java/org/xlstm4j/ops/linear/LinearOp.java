package org.xlstm4j.ops.linear;

import java.util.List;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/** Linear maps of one input as one op: x, the weights and, where there are biases, one a weight → one y a weight. */
public final class LinearOp extends JavaOp {
    private static final int PRECISION = 1;

    /** For ND4J. */
    public LinearOp() {
    }

    LinearOp(SDVariable x, List<SDVariable> weights, List<SDVariable> biases) {
        super(Stream.of(List.of(x), weights, biases).flatMap(List::stream).toList());
        addIArgument(weights.size());
        Precision.addTo(this);
    }

    @Override
    public String opName() {
        return "xlstm4j_linear";
    }

    @Override
    public int getNumOutputs() {
        return iArguments.isEmpty() ? 1 : iArguments.get(0).intValue();
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        long rows = inputs.get(0).size(0);
        return inputs.subList(1, 1 + getNumOutputs()).stream()
                .map(weight -> new long[] {rows, weight.size(0)}).toList();
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        int biases = 1 + getNumOutputs();
        CpuCall.run(inputs, outputs, (in, out, worker) -> CpuLinear.forward(
                in.get(0), in.subList(1, biases), in.subList(biases, in.size()), out, worker));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        int biases = 1 + getNumOutputs();
        CudaCall.run(inputs, outputs, (in, out, gpu) -> CudaLinear.forward(in.get(0), in.subList(1, biases),
                in.subList(biases, in.size()), out, Precision.of(this, PRECISION), gpu));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return new LinearGradientOp(List.of(args()), gradients, Precision.of(this, PRECISION)).gradients();
    }
}
