package org.xlstm4j.ops.graph;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cpu.Workers;

/** The tests' own op on matrices: x, w → factor · xⁿ and factor · x ⊙ w. */
public final class PowerOp extends JavaOp {

    /** For ND4J. */
    public PowerOp() {
    }

    PowerOp(SDVariable x, SDVariable w, int exponent, double factor) {
        super(List.of(x, w));
        configure(exponent, factor);
    }

    PowerOp(INDArray x, INDArray w, int exponent, double factor) {
        addInputArgument(x, w);
        configure(exponent, factor);
    }

    private void configure(int exponent, double factor) {
        addIArgument(exponent);
        addTArgument(factor);
    }

    @Override
    public String opName() {
        return "xlstm4j_test_power";
    }

    @Override
    public int getNumOutputs() {
        return 2;
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(inputs.get(0).shape(), inputs.get(1).shape());
    }

    @Override
    protected void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs) {
        throw new UnsupportedOperationException("the tests' own op is for the CPU");
    }

    @Override
    protected void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs) {
        long exponent = getIArgument(0);
        float factor = getTArgument(0).floatValue();
        CpuCall.run(inputs, outputs, (in, out, caller) -> {
            int width = in.get(0).size(1);
            Workers.forEach(in.get(0).size(0), (row, worker) -> {
                var x = worker.floats(width);
                var w = worker.floats(width);
                worker.load(in.get(0).at(row), x, 0, width);
                worker.load(in.get(1).at(row), w, 0, width);
                for (int j = 0; j < width; j++) {
                    w[j] *= factor * x[j];
                    x[j] = factor * (float) Math.pow(x[j], exponent);
                }
                worker.store(x, 0, width, out.get(0).at(row));
                worker.store(w, 0, width, out.get(1).at(row));
            });
        });
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new PowerGradientOp(List.of(arg(0), arg(1), gradients.get(0), gradients.get(1)),
                getIArgument(0), getTArgument(0)).outputVariables());
    }
}
