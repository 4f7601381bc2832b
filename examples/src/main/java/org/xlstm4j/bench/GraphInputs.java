package org.xlstm4j.bench;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The inputs of a case's graph: the same random values in every form. */
public final class GraphInputs {
    private static final long SEED = 1;

    private final SameDiff sd = SameDiff.create();
    private final Map<String, INDArray> feed = new HashMap<>();
    private final SplittableRandom random = new SplittableRandom(SEED);

    GraphInputs() {
    }

    /** The graph. */
    SameDiff sd() {
        return sd;
    }

    /** The placeholders' values. */
    Map<String, INDArray> feed() {
        return feed;
    }

    /** A float32 input with a gradient, of values between −1 and 1. */
    SDVariable variable(String name, long... shape) {
        return sd.var(name, uniform(-1, 1, shape));
    }

    /** A float32 input with a gradient, of values between 0 and 1, as features are. */
    SDVariable features(String name, long... shape) {
        return sd.var(name, uniform(0, 1, shape));
    }

    /** An input without gradient, of whole numbers from 0 to {@code below} − 1. */
    SDVariable ids(String name, int below, long... shape) {
        var values = new int[length(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(below);
        }
        feed.put(name, Nd4j.createFromArray(values).reshape(shape));
        return sd.placeHolder(name, DataType.INT32, shape);
    }

    /** A float32 input without gradient. */
    SDVariable placeholder(String name, INDArray value) {
        feed.put(name, value);
        return sd.placeHolder(name, DataType.FLOAT, value.shape());
    }

    private INDArray uniform(float low, float high, long... shape) {
        var values = new float[length(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = low + (high - low) * (float) random.nextDouble();
        }
        return Nd4j.createFromArray(values).reshape(shape);
    }

    private static int length(long... shape) {
        return Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    }
}
