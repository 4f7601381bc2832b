package org.xlstm4j.ops.attention;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;

/**
 * Causal attention as one op: query, key, value and, or not, segments → output and, for the gradient, the logarithm of
 * every softmax's denominator, [batch, heads, time].
 */
public final class AttentionOp extends SpecOp {
    private static final int SEGMENTS = 3;

    /** For ND4J. */
    public AttentionOp() {
    }

    AttentionOp(AttentionSpec spec, SDVariable query, SDVariable key, SDVariable value, SDVariable segments) {
        super(spec, segments == null ? List.of(query, key, value) : List.of(query, key, value, segments));
        Precision.addTo(this);
    }

    @Override
    public String opName() {
        return "xlstm4j_attention";
    }

    @Override
    public int getNumOutputs() {
        return 2;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        var spec = spec();
        long rows = inputs.get(0).size(0);
        return List.of(new long[] {rows, (long) spec.heads() * spec.valueDim()},
                new long[] {rows / spec.time(), spec.heads(), spec.time()});
    }

    @Override
    protected List<DataType> outputTypes(List<DataType> inputs) {
        return List.of(inputs.get(0), DataType.FLOAT);
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var spec = spec();
        CpuCall.run(inputs, outputs, (in, out, worker) -> {
            var segments = in.size() > SEGMENTS ? in.get(SEGMENTS) : null;
            new CpuAttentionHeads(spec, in.get(0), in.get(1), in.get(2), out.get(0), out.get(1), segments)
                    .forward(worker);
        });
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        CudaCall.run(inputs, outputs, (in, out, gpu) -> cudaAttention(in, SEGMENTS, gpu)
                .forward(new CudaAttention.Outputs(out.get(0), out.get(1))));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        var inputs = new ArrayList<>(List.of(arg(0), arg(1), arg(2), outputVariables()[0], outputVariables()[1],
                gradients.get(0)));
        if (args().length > SEGMENTS) {
            inputs.add(arg(SEGMENTS));
        }
        return List.of(new AttentionGradientOp(spec(), Precision.of(this, PRECISION), inputs).outputVariables());
    }
}
