package org.xlstm4j.ops.embedding;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cpu.Ints;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/** The gradient of {@link EmbeddingOp}: table, for its shape alone, dy, ids → dtable. */
public final class EmbeddingGradientOp extends JavaOp {

    /** For ND4J. */
    public EmbeddingGradientOp() {
    }

    EmbeddingGradientOp(SDVariable table, SDVariable dy, SDVariable ids) {
        super(List.of(table, dy, ids));
    }

    @Override
    public String opName() {
        return "xlstm4j_embedding_gradient";
    }

    @Override
    public int getNumOutputs() {
        return 1;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape());
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var ids = Ints.of(inputs.get(2));
        CpuCall.run(inputs.subList(1, 2), outputs, (in, out, worker) ->
                CpuEmbedding.backward(ids, in.get(0), out.get(0)));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        CudaCall.run(inputs.subList(1, 3), outputs, (in, out, gpu) ->
                CudaEmbedding.backward(in.get(1), in.get(0), out.get(0), gpu));
    }
}
