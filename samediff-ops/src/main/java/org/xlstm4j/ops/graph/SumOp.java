package org.xlstm4j.ops.graph;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.Grid;

/**
 * The sum of two arrays of one shape and type, in the place of the stock op by which SameDiff adds up the gradients
 * that come from several ops. Part of {@link FixedRun}s alone, never of a graph.
 */
final class SumOp extends JavaOp {
    private static final int RUN = 8;
    private static final int THREADS = 256;

    static boolean takes(List<INDArray> arrays) {
        var first = arrays.get(0);
        return arrays.stream().allMatch(array -> array.dataType() == first.dataType()
                && Arrays.equals(array.shape(), first.shape())) && first.dataType().isFPType();
    }

    @Override
    public String opName() {
        return "xlstm4j_sum";
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
        inputs.get(0).add(inputs.get(1), outputs.get(0));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        CudaCall.run(inputs, outputs, (in, out, gpu) -> {
            var sum = out.get(0);
            gpu.launch("cuda/sum.cu", Defines.of(sum.type(), sum.type()), "add",
                    Grid.over(sum.length() / RUN + 1, THREADS), in.get(0), in.get(1), sum, sum.length());
        });
    }
}
