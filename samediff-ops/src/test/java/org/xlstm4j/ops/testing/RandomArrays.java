package org.xlstm4j.ops.testing;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Seeded float64 arrays. */
public final class RandomArrays {
    private final Random random;

    public RandomArrays(long seed) {
        this.random = new Random(seed);
    }

    /** Standard normal values. */
    public INDArray normal(long... shape) {
        return Nd4j.createFromArray(values(shape)).reshape(shape);
    }

    /** Positive values that sum to 1 over the last axis, as a softmax gives them. */
    public INDArray softmax(long... shape) {
        int width = (int) shape[shape.length - 1];
        var values = Arrays.stream(values(shape)).map(Math::exp).toArray();
        for (int row = 0; row < values.length; row += width) {
            double sum = Arrays.stream(values, row, row + width).sum();
            for (int i = row; i < row + width; i++) {
                values[i] /= sum;
            }
        }
        return Nd4j.createFromArray(values).reshape(shape);
    }

    /** The elements of an array in order: on a GPU, reading them one by one takes forever. */
    public static double[] values(INDArray array) {
        return array.dup('c').data().asDouble();
    }

    private double[] values(long... shape) {
        int length = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        return DoubleStream.generate(random::nextGaussian).limit(length).toArray();
    }
}
