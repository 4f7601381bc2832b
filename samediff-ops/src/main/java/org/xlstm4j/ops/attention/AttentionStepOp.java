package org.xlstm4j.ops.attention;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;

/** A decoding step as one op: query, key, value, keys, values, positions → output, keys, values. For inference. */
public final class AttentionStepOp extends SpecOp {

    /** For ND4J. */
    public AttentionStepOp() {
    }

    AttentionStepOp(AttentionSpec spec, RingBuffer ring, List<SDVariable> inputs) {
        super(spec, inputs);
        addIArgument(ring.sinks(), ring.window());
    }

    @Override
    public String opName() {
        return "xlstm4j_attention_step";
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
        CpuCall.run(inputs, outputs, new CpuAttentionStep(spec(), ring())::run);
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        CudaCall.run(inputs, outputs, new CudaAttentionStep(spec(), ring())::run);
    }

    private RingBuffer ring() {
        return new RingBuffer(integer(SPEC_ARGUMENTS), integer(SPEC_ARGUMENTS + 1));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        throw new UnsupportedOperationException("the fused decoding step has no gradient: build the graph in"
                + " Form.with(Form.COMPOSED, ...) to train through it");
    }
}
