package org.xlstm4j.ops.linear;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The SwiGLU MLP as one op: x, gate, up, down → y, and for the backward pass x · W_gateᵀ and x · W_upᵀ,
 * [rows, intermediate].
 */
public final class SwiGluOp extends JavaOp {

    /** For ND4J. */
    public SwiGluOp() {
    }

    SwiGluOp(SDVariable x, SDVariable gate, SDVariable up, SDVariable down) {
        super(List.of(x, gate, up, down));
        Precision.addTo(this);
    }

    @Override
    public String opName() {
        return "xlstm4j_swiglu";
    }

    @Override
    public int getNumOutputs() {
        return 3;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        long rows = inputs.get(0).size(0);
        long intermediate = inputs.get(1).size(0);
        return List.of(new long[] {rows, inputs.get(3).size(0)}, new long[] {rows, intermediate},
                new long[] {rows, intermediate});
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        CpuCall.run(inputs, outputs, (in, out, worker) -> CpuSwiGlu.forward(
                in.get(0), in.get(1), in.get(2), in.get(3), out.get(0), out.get(1), out.get(2), worker));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        CudaCall.run(inputs, outputs, (in, out, gpu) -> CudaSwiGlu.forward(in.get(0), in.get(1), in.get(2), in.get(3),
                out.get(0), out.get(1), out.get(2), Precision.of(this, 0), gpu));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        var outputs = outputVariables();
        return new SwiGluGradientOp(List.of(args()), List.of(outputs[1], outputs[2], gradients.get(0)),
                Precision.of(this, 0)).gradients();
    }
}
