package org.xlstm4j.ops.norm;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * RMSNorm as one op: x, weight → y; or with what y is added to: x, weight, residual → residual + y. Where rows are
 * longer than the weight, each of their parts of its length is normalised by itself.
 */
public final class RmsNormOp extends JavaOp {

    /** For ND4J. */
    public RmsNormOp() {
    }

    RmsNormOp(SDVariable x, SDVariable weight, double eps) {
        super(List.of(x, weight));
        addTArgument(eps);
    }

    RmsNormOp(SDVariable residual, SDVariable x, SDVariable weight, double eps) {
        super(List.of(x, weight, residual));
        addTArgument(eps);
    }

    @Override
    public String opName() {
        return "xlstm4j_rms_norm";
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
        double eps = getTArgument(0);
        CpuCall.run(parts(inputs, inputs.get(1), false), parts(outputs, inputs.get(1), true), (in, out, worker) ->
                CpuRmsNorm.forward(in.get(0), in.get(1), in.size() > 2 ? in.get(2) : null, eps, out.get(0)));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        double eps = getTArgument(0);
        CudaCall.run(inputs, outputs, (in, out, gpu) ->
                CudaRmsNorm.forward(in.get(0), in.get(1), in.size() > 2 ? in.get(2) : null, eps, out.get(0), gpu));
    }

    /**
     * Arrays as rows of the weight's length.
     *
     * @param views whether they must be the same memory, because they are written to
     */
    static List<INDArray> parts(List<INDArray> arrays, INDArray weight, boolean views) {
        long width = weight.length();
        return arrays.stream().map(array -> array.rank() < 2 || array.size(1) == width ? array
                : array.reshape('c', views, array.length() / width, width)).toList();
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        var inputs = List.of(arg(0), arg(1), gradients.get(0));
        var results = new RmsNormGradientOp(inputs, getTArgument(0), false).outputVariables();
        return args().length == 2 ? List.of(results) : List.of(results[0], results[1], ofResidual(gradients.get(0)));
    }

    private SDVariable ofResidual(SDVariable gradient) {
        return AddRmsNormOp.isTrained(arg(2)) ? sameDiff.identity(gradient) : gradient;
    }
}
