package org.xlstm4j.ops.loss;

import java.util.List;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/** {@link LossSum} as one op: losses, then weights → a scalar. */
public final class LossSumOp extends JavaOp {

    /** For ND4J. */
    public LossSumOp() {
    }

    LossSumOp(List<LossSum.Part> parts, SDVariable weights) {
        super(Stream.concat(parts.stream().map(LossSum.Part::losses), Stream.of(weights)).toList());
        parts.forEach(part -> addTArgument(part.factor()));
    }

    @Override
    public String opName() {
        return "xlstm4j_loss_sum";
    }

    @Override
    public int getNumOutputs() {
        return 1;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(new long[0]);
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        CpuCall.run(inputs, outputs, (in, out, worker) -> CpuLossSum.forward(in.subList(0, in.size() - 1), tArguments,
                in.get(in.size() - 1), out.get(0), worker));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        CudaCall.run(inputs, outputs, (in, out, gpu) -> CudaLossSum.forward(in.subList(0, in.size() - 1), tArguments,
                in.get(in.size() - 1), out.get(0), gpu));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        var weights = arg(tArguments.size());
        return List.of(new LossSumGradientOp(weights, gradients.get(0), tArguments).outputVariables());
    }
}
