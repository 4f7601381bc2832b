package org.xlstm4j.ops.rope;

import java.util.List;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The rotation as one op: x, one or more of them by the same angles, cos, sin → y of each x. Its gradient is the
 * rotation back, by this op as well.
 */
public final class RopeOp extends JavaOp {

    /** For ND4J. */
    public RopeOp() {
    }

    RopeOp(List<SDVariable> xs, Rope.Tables tables, boolean back) {
        super(Stream.concat(xs.stream(), Stream.of(tables.cos(), tables.sin())).toList());
        addIArgument(xs.size());
        addBArgument(back);
    }

    @Override
    public String opName() {
        return "xlstm4j_rope";
    }

    @Override
    public int getNumOutputs() {
        return iArguments.isEmpty() ? 1 : iArguments.get(0).intValue();
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return inputs.subList(0, getNumOutputs()).stream().map(INDArray::shape).toList();
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        int xs = getNumOutputs();
        boolean back = getBArgument(0);
        CpuCall.run(inputs, outputs, (in, out, worker) ->
                CpuRope.turn(in.subList(0, xs), in.get(xs), in.get(xs + 1), back, out));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        int xs = getNumOutputs();
        boolean back = getBArgument(0);
        CudaCall.run(inputs, outputs, (in, out, gpu) ->
                CudaRope.turn(in.subList(0, xs), in.get(xs), in.get(xs + 1), back, out, gpu));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        var tables = new Rope.Tables(arg(getNumOutputs()), arg(getNumOutputs() + 1));
        return List.of(new RopeOp(gradients, tables, !getBArgument(0)).outputVariables());
    }
}
