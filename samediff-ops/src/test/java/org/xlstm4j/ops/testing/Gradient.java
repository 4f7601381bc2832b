package org.xlstm4j.ops.testing;

import java.util.function.ToDoubleFunction;
import org.nd4j.linalg.api.buffer.DataType;
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
    public static INDArray numeric(INDArray x, ToDoubleFunction<INDArray> loss) {
        double step = 1e-3;
        var gradient = Nd4j.create(DataType.DOUBLE, x.shape());
        for (long i = 0; i < x.length(); i++) {
            double outer = moved(x, i, 2 * step, loss) - moved(x, i, -2 * step, loss);
            double inner = moved(x, i, step, loss) - moved(x, i, -step, loss);
            gradient.putScalar(i, (8 * inner - outer) / (12 * step));
        }
        return gradient;
    }

    private static double moved(INDArray x, long index, double by, ToDoubleFunction<INDArray> loss) {
        var moved = x.dup('c');
        moved.putScalar(index, x.getDouble(index) + by);
        return loss.applyAsDouble(moved);
    }
}
