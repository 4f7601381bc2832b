package org.xlstm4j.ops.embedding;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cpu.Ints;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/** The lookup of token embeddings as one op: table, ids → y, of the table's type or another. */
public final class EmbeddingOp extends JavaOp {
    /** Types that y may have, by the number that is saved. */
    private static final List<DataType> TYPES = List.of(DataType.FLOAT, DataType.BFLOAT16, DataType.HALF);

    /** For ND4J. */
    public EmbeddingOp() {
    }

    EmbeddingOp(SDVariable table, SDVariable ids, DataType type) {
        super(List.of(table, ids));
        addIArgument(TYPES.indexOf(type));
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
    protected List<DataType> outputTypes(List<DataType> inputs) {
        return List.of(iArguments.isEmpty() ? inputs.get(0) : TYPES.get(iArguments.get(0).intValue()));
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        var ids = Ints.of(inputs.get(1));
        CpuCall.run(inputs.subList(0, 1), outputs, (in, out, worker) ->
                CpuEmbedding.forward(in.get(0), ids, out.get(0)));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        CudaCall.run(inputs, outputs, (in, out, gpu) ->
                CudaEmbedding.forward(in.get(0), in.get(1), out.get(0), gpu));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new EmbeddingGradientOp(arg(0), gradients.get(0), arg(1)).outputVariable());
    }
}
