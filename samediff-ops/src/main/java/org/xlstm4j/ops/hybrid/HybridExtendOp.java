package org.xlstm4j.ops.hybrid;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.attention.Extension;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.graph.JavaOp;
import org.xlstm4j.ops.mlstm.MlstmState;

/**
 * Some more tokens of every sequence through the mixer as one op: {@link Operands}, keys, values, positions, memory,
 * normalizer, max, counts → hidden, gate, the window's output, keys, values, memory, normalizer, max. For inference on the
 * CPU.
 */
public final class HybridExtendOp extends JavaOp {

    /** For ND4J. */
    public HybridExtendOp() {
    }

    private HybridExtendOp(HybridSpec spec, RingBuffer ring, List<SDVariable> inputs) {
        super(inputs);
        new HybridArguments(spec, false, true, Precision.wanted()).addTo(this);
        addIArgument(ring.sinks(), ring.window());
    }

    static Hybrid.Step apply(HybridSpec spec, HybridParameters parameters, HybridInputs in, Extension to,
                             MlstmState state) {
        var inputs = new ArrayList<>(Operands.variables(parameters, in));
        inputs.addAll(List.of(to.keys(), to.values(), to.positions(), state.memory(), state.normalizer(), state.max(),
                to.counts()));
        var out = new HybridExtendOp(spec, to.ring(), inputs).outputVariables();
        return new Hybrid.Step(new HybridOutput(out[0], out[1]), out[3], out[4],
                new MlstmState(out[5], out[6], out[7]));
    }

    @Override
    public String opName() {
        return "xlstm4j_hybrid_extend";
    }

    @Override
    public int getNumOutputs() {
        return 8;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        var rows = inputs.get(1).shape();
        var state = inputs.subList(Operands.COUNT, inputs.size()).stream().map(INDArray::shape).toList();
        var spec = HybridArguments.of(this).spec();
        var gate = new long[] {rows[0] / spec.time(), spec.heads(), spec.time()};
        return List.of(rows, gate, rows, state.get(0), state.get(1), state.get(3), state.get(4), state.get(5));
    }

    /** The state keeps its types. */
    @Override
    protected List<DataType> outputTypes(List<DataType> inputs) {
        var type = inputs.get(0);
        var state = inputs.subList(Operands.COUNT, inputs.size());
        return List.of(type, type, type, state.get(0), state.get(1), state.get(3), state.get(4), state.get(5));
    }

    private RingBuffer ring() {
        return new RingBuffer(getIArgument(HybridArguments.COUNT).intValue(),
                getIArgument(HybridArguments.COUNT + 1).intValue());
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var spec = HybridArguments.of(this).spec();
        CpuCall.run(inputs, outputs, (in, out, worker) -> new CpuHybridStep(spec, ring(), in).extend(out, worker));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        throw new UnsupportedOperationException(opName() + " is for the CPU: build the graph where it runs");
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        throw new UnsupportedOperationException("the fused mixer over a cache has no gradient: build the graph in"
                + " Form.with(Form.COMPOSED, ...) to train through it");
    }
}
