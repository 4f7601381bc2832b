package org.xlstm4j.ops.rope;

import java.util.Collections;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/** The angles' cosines and sines as one op: positions, frequencies [1, pairs] → cos, sin, [positions, pairs]. */
public final class RopeTablesOp extends JavaOp {

    /** For ND4J. */
    public RopeTablesOp() {
    }

    RopeTablesOp(SDVariable positions, SDVariable frequencies, double factor) {
        super(List.of(positions, frequencies));
        addTArgument(factor);
    }

    @Override
    public String opName() {
        return "xlstm4j_rope_tables";
    }

    @Override
    public int getNumOutputs() {
        return 2;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return Collections.nCopies(2, new long[] {inputs.get(0).length(), inputs.get(1).length()});
    }

    /** Angles of large positions need all of float32's digits, whatever type the rest of a graph has. */
    @Override
    protected List<DataType> outputTypes(List<DataType> inputs) {
        return Collections.nCopies(2, DataType.FLOAT);
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        CpuCall.run(inputs, outputs, (in, out, worker) ->
                CpuRopeTables.fill(in.get(0), in.get(1), getTArgument(0), out.get(0), out.get(1), worker));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        CudaCall.run(inputs, outputs, (in, out, gpu) ->
                CudaRopeTables.fill(in.get(0), in.get(1), getTArgument(0), out.get(0), out.get(1), gpu));
    }

    /** Positions and frequencies are given. */
    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return Collections.emptyList();
    }
}
