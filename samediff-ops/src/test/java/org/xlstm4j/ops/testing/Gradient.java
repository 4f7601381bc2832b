package org.xlstm4j.ops.testing;

import java.util.function.ToDoubleFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Gradients: how they are named in maps of arrays, and how to take them by central differences. */
public final class Gradient {

    private Gradient() {
    }

    /** The name of the gradient of the named array. */
    public static String of(String name) {
        return "d" + name;
    }

    /** The gradient of {@code loss} at {@code x} by central differences of fourth order, good to about 1e-11. */
    public static INDArray numericOfArray(INDArray x, ToDoubleFunction<INDArray> loss) {
        return numeric(x, values -> loss.applyAsDouble(Nd4j.createFromArray(values).reshape(x.shape())));
    }

    /** The same of a loss that takes the elements in order. */
    public static INDArray numeric(INDArray x, ToDoubleFunction<double[]> loss) {
        double step = 1e-3;
        var values = RandomArrays.values(x);
        var gradient = new double[values.length];
        for (int i = 0; i < gradient.length; i++) {
            double outer = moved(values, i, 2 * step, loss) - moved(values, i, -2 * step, loss);
            double inner = moved(values, i, step, loss) - moved(values, i, -step, loss);
            gradient[i] = (8 * inner - outer) / (12 * step);
        }
        return Nd4j.createFromArray(gradient).reshape(x.shape());
    }

    private static double moved(double[] values, int index, double by, ToDoubleFunction<double[]> loss) {
        var moved = values.clone();
        moved[index] += by;
        return loss.applyAsDouble(moved);
    }
}
