package org.xlstm4j.layers.distillation;

import java.util.Arrays;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Seeded arrays in float64. */
final class Numbers {
    private Numbers() {}

    static INDArray normal(long seed, long... shape) {
        var random = new Random(seed);
        int length = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        return Nd4j.createFromArray(random.doubles(length).map(x -> random.nextGaussian()).toArray()).reshape(shape);
    }

    /** Classes that are one in every row, [minibatch, classes] or [minibatch, classes, time]. */
    static INDArray oneHot(long seed, long... shape) {
        var random = new Random(seed);
        var labels = Nd4j.zeros(DataType.DOUBLE, shape);
        for (long example = 0; example < shape[0]; example++) {
            if (shape.length == 2) {
                labels.putScalar(example, random.nextInt((int) shape[1]), 1);
            }
            for (long t = 0; shape.length == 3 && t < shape[2]; t++) {
                labels.putScalar(example, random.nextInt((int) shape[1]), t, 1);
            }
        }
        return labels;
    }

    static double difference(INDArray a, INDArray b) {
        return a.sub(b).amaxNumber().doubleValue();
    }
}
