package org.xlstm4j.ops.norm;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.shape.ZerosLike;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.graph.JavaOp;

/** A sum and its RMSNorm as one op: x, update, weight → x + update, normed. */
public final class AddRmsNormOp extends JavaOp {

    /** For ND4J. */
    public AddRmsNormOp() {
    }

    private AddRmsNormOp(SDVariable x, SDVariable update, SDVariable weight, double eps) {
        super(List.of(x, update, weight));
        addTArgument(eps);
    }

    static NormedSum apply(SDVariable x, SDVariable update, SDVariable weight, double eps) {
        var outputs = new AddRmsNormOp(x, update, weight, eps).outputVariables();
        return new NormedSum(outputs[0], outputs[1]);
    }

    @Override
    public String opName() {
        return "xlstm4j_add_rms_norm";
    }

    @Override
    public int getNumOutputs() {
        return 2;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape(), inputs.get(0).shape());
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        double eps = getTArgument(0);
        CpuCall.run(inputs, outputs, (in, out, worker) ->
                CpuRmsNorm.forwardOfSum(in.get(0), in.get(1), in.get(2), eps, out.get(0), out.get(1)));
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        double eps = getTArgument(0);
        CudaCall.run(inputs, outputs, (in, out, gpu) ->
                CudaRmsNorm.forwardOfSum(in.get(0), in.get(1), in.get(2), eps, out.get(0), out.get(1), gpu));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        var inputs = new ArrayList<>(List.of(outputVariables()[0], arg(2), gradients.get(1)));
        if (!isUnused(gradients.get(0))) {
            inputs.add(gradients.get(0));
        }
        boolean twice = isTrained(arg(0)) || isTrained(arg(1));
        var results = new RmsNormGradientOp(inputs, getTArgument(0), twice).outputVariables();
        return List.of(results[0], results[twice ? 2 : 0], results[1]);
    }

    /** SameDiff's stand-in for the gradient of what nothing reads. */
    private boolean isUnused(SDVariable gradient) {
        return sameDiff.getVariableOutputOp(gradient.name()) instanceof ZerosLike;
    }

    /** Updaters overwrite the gradients of variables, which must therefore be the gradients of nothing else. */
    static boolean isTrained(SDVariable variable) {
        return variable.getVariableType() == VariableType.VARIABLE;
    }
}
