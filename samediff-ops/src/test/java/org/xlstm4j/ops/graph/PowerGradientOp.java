package org.xlstm4j.ops.graph;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.CpuCall;
import org.xlstm4j.ops.cpu.Workers;

/** The gradient of {@link PowerOp}: x, w, dPower, dProduct → dx, dw. */
public final class PowerGradientOp extends JavaOp {

    /** For ND4J. */
    public PowerGradientOp() {
    }

    PowerGradientOp(List<SDVariable> inputs, long exponent, double factor) {
        super(inputs);
        addIArgument(exponent);
        addTArgument(factor);
    }

    @Override
    public String opName() {
        return "xlstm4j_test_power_gradient";
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
                var values = new float[4][];
                for (int i = 0; i < values.length; i++) {
                    values[i] = worker.floats(width);
                    worker.load(in.get(i).at(row), values[i], 0, width);
                }
                for (int j = 0; j < width; j++) {
                    float x = values[0][j];
                    values[0][j] = factor * (exponent * (float) Math.pow(x, exponent - 1) * values[2][j]
                            + values[1][j] * values[3][j]);
                    values[1][j] = factor * x * values[3][j];
                }
                worker.store(values[0], 0, width, out.get(0).at(row));
                worker.store(values[1], 0, width, out.get(1).at(row));
            });
        });
    }
}
