package org.xlstm4j.layers;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Checks of what layers are told, and start values that they share. */
final class Settings {
    private static final double SHORTEST_MEMORY = 3;
    private static final double LONGEST_MEMORY = 6;

    private Settings() {}

    static int atLeast(String name, int value, int least) {
        return (int) atLeast(name, (long) value, least);
    }

    static long atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ", was " + value);
        }
        return value;
    }

    static double positive(String name, double value) {
        if (!(value > 0)) {
            throw new IllegalArgumentException(name + " must be positive, was " + value);
        }
        return value;
    }

    static int headSize(long nOut, int nHeads) {
        if (nOut % nHeads != 0) {
            throw new IllegalArgumentException("nOut (" + nOut + ") must be a multiple of nHeads (" + nHeads
                    + "), or headSize be set");
        }
        return Math.toIntExact(nOut / nHeads);
    }

    static int divisor(String name, int value, String wholeName, int whole) {
        if (whole % value != 0) {
            throw new IllegalArgumentException(wholeName + " (" + whole + ") must be a multiple of " + name + " ("
                    + value + ")");
        }
        return value;
    }

    /** Linear from 3 to 6 over the heads, so that they forget half in about 14 to 280 steps. */
    static void spreadForgetBias(INDArray bias) {
        long heads = bias.length();
        bias.assign(heads == 1 ? Nd4j.scalar((SHORTEST_MEMORY + LONGEST_MEMORY) / 2)
                : Nd4j.linspace(SHORTEST_MEMORY, LONGEST_MEMORY, heads, bias.dataType()));
    }
}
