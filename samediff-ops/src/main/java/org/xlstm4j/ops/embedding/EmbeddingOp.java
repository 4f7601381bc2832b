package org.xlstm4j.ops.embedding;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cpu.Ints;
import org.xlstm4j.ops.graph.JavaOp;

/** The lookup of token embeddings as one op: table, ids → y. */
public final class EmbeddingOp extends JavaOp {

    /** For ND4J. */
    public EmbeddingOp() {
    }

    EmbeddingOp(SDVariable table, SDVariable ids) {
        super(List.of(table, ids));
    }

    @Override
    public String opName() {
        return "xlstm4j_embedding";
    }

    @Override
    public int getNumOutputs() {
        return 1;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(new long[] {inputs.get(1).length(), inputs.get(0).size(1)});
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var ids = Ints.of(inputs.get(1));
        CpuCall.run(inputs.subList(0, 1), outputs, (in, out, worker) ->
                CpuEmbedding.forward(in.get(0), ids, out.get(0)));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new EmbeddingGradientOp(arg(0), gradients.get(0), arg(1)).outputVariable());
    }
}
