package org.xlstm4j.ops.attention;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;

/**
 * Some more tokens of every sequence as one op: query, key, value, keys, values, positions, counts → output, keys,
 * values. For inference on the CPU.
 */
public final class AttentionExtendOp extends SpecOp {

    /** For ND4J. */
    public AttentionExtendOp() {
    }

    AttentionExtendOp(AttentionSpec spec, RingBuffer ring, List<SDVariable> inputs) {
        super(spec, inputs);
        addIArgument(ring.sinks(), ring.window());
    }

    @Override
    public String opName() {
        return "xlstm4j_attention_extend";
    }

    @Override
    public int getNumOutputs() {
        return 3;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        var spec = spec();
        return List.of(new long[] {inputs.get(0).size(0), (long) spec.heads() * spec.valueDim()},
                inputs.get(3).shape(), inputs.get(4).shape());
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var ring = new RingBuffer(integer(SPEC_ARGUMENTS), integer(SPEC_ARGUMENTS + 1));
        CpuCall.run(inputs, outputs, new CpuAttentionExtend(spec(), ring)::run);
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        throw new UnsupportedOperationException(opName() + " is for the CPU: build the graph where it runs");
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        throw new UnsupportedOperationException("fused attention over a cache has no gradient: build the graph in"
                + " Form.with(Form.COMPOSED, ...) to train through it");
    }
}
