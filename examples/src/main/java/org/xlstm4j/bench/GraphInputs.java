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
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The inputs of a case's graph: the same random values in every form. */
public final class GraphInputs {
    private static final long SEED = 1;
    /** Random numbers in an array, which are repeated in longer ones: making them takes time. */
    private static final int DIFFERENT = (1 << 22) + 1;

    private final SameDiff sd = SameDiff.create();
    private final Map<String, INDArray> feed = new HashMap<>();
    private final SplittableRandom random = new SplittableRandom(SEED);

    private final DataType activations;

    /** @param activations the type of what is no parameter */
    GraphInputs(DataType activations) {
        this.activations = activations;
    }

    /** The graph. */
    SameDiff sd() {
        return sd;
    }

    /** The placeholders' values. */
    Map<String, INDArray> feed() {
        return feed;
    }

    /** An input with a gradient, of values between −1 and 1. */
    SDVariable variable(String name, long... shape) {
        return sd.var(name, uniform(activations, -1, shape));
    }

    /** An input with a gradient, of values between 0 and 1, as features are. */
    SDVariable features(String name, long... shape) {
        return sd.var(name, uniform(activations, 0, shape));
    }

    /** A float32 parameter with a gradient, of values between −1 and 1. */
    SDVariable parameter(String name, long... shape) {
        return sd.var(name, uniform(DataType.FLOAT, -1, shape));
    }

    /** Random values in a shape and type. */
    INDArray random(DataType type, long... shape) {
        return uniform(type, -1, shape);
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

    /** Values between {@code low} and 1. */
    private INDArray uniform(DataType type, float low, long... shape) {
        int length = length(shape);
        var values = new float[Math.min(length, DIFFERENT)];
        for (int i = 0; i < values.length; i++) {
            values[i] = low + (1 - low) * (float) random.nextDouble();
        }
        var different = Nd4j.createFromArray(values).castTo(type);
        return different.length() == length ? different.reshape(shape) : repeated(different, shape);
    }

    /** The values over and over, in a shape. */
    static INDArray repeated(INDArray values, long... shape) {
        var all = Nd4j.createUninitialized(values.dataType(), shape);
        var flat = all.reshape(all.length());
        for (long from = 0; from < all.length(); from += values.length()) {
            long count = Math.min(values.length(), all.length() - from);
            flat.get(NDArrayIndex.interval(from, from + count)).assign(values.get(NDArrayIndex.interval(0, count)));
        }
        return all;
    }

    private static int length(long... shape) {
        return Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    }
}
