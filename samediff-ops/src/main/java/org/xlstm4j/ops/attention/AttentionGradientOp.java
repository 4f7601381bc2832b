package org.xlstm4j.ops.attention;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;

/**
 * The gradient of {@link AttentionOp}: query, key, value, both outputs, the output's gradient and, or not, segments →
 * dquery, dkey, dvalue.
 */
public final class AttentionGradientOp extends SpecOp {
    private static final int SEGMENTS = 6;

    /** For ND4J. */
    public AttentionGradientOp() {
    }

    AttentionGradientOp(AttentionSpec spec, Precision precision, List<SDVariable> inputs) {
        super(spec, inputs);
        addIArgument(precision.ordinal());
    }

    @Override
    public String opName() {
        return "xlstm4j_attention_gradient";
    }

    @Override
    public int getNumOutputs() {
        return 3;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape(), inputs.get(1).shape(), inputs.get(2).shape());
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var spec = spec();
        CpuCall.run(inputs, outputs, (in, out, worker) -> {
            var segments = in.size() > SEGMENTS ? in.get(SEGMENTS) : null;
            new CpuAttentionHeads(spec, in.get(0), in.get(1), in.get(2), in.get(3), in.get(4), segments)
                    .backward(in.get(5), out.get(0), out.get(1), out.get(2), worker);
        });
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        CudaCall.run(inputs, outputs, (in, out, gpu) -> cudaAttention(in, SEGMENTS, gpu)
                .backward(new CudaAttention.Outputs(in.get(3), in.get(4)), in.get(5),
                        new CudaAttention.Gradients(out.get(0), out.get(1), out.get(2))));
    }
}
