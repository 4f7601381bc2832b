package org.xlstm4j.ops.mlstm;

import java.util.Objects;

/**
 * What the mLSTM needs to know about its inputs and its read.
 *
 * @param heads     heads
 * @param time      length of the time axis
 * @param keyDim    width of queries and keys
 * @param valueDim  width of values
 * @param read      how the memory is read
 * @param keyScale  factor of every query-key product
 * @param chunkSize time steps that the chunkwise form handles at once; changes speed and memory, not the result
 */
public record MlstmSpec(int heads, int time, int keyDim, int valueDim, Read read, double keyScale, int chunkSize) {
    /** Chunk size where none is given. */
    public static final int DEFAULT_CHUNK_SIZE = 128;

    /** How a query reads the memory S and the normalizer z, both stabilised by e^-m. */
    public enum Read {
        /**
         * q S / q z (arXiv 2603.15590, Eq. 10): a weighted mean of the values, for queries and keys whose products are
         * positive, such as softmax features.
         */
        NORMALIZER(1e-30),
        /** q S / (max(|q z|, e^-m) + eps) (arXiv 2405.04517), for queries and keys of any sign. */
        CLAMPED(1e-6);

        private final double eps;

        Read(double eps) {
            this.eps = eps;
        }

        /** Added to the denominator. */
        double eps() {
            return eps;
        }

        /** What q S is divided by, given q z and m. */
        float denominator(float product, double max) {
            return (float) eps + switch (this) {
                case NORMALIZER -> product;
                case CLAMPED -> Math.max(Math.abs(product), (float) Math.exp(-max));
            };
        }
    }

    public MlstmSpec {
        requirePositive("heads", heads);
        requirePositive("time", time);
        requirePositive("keyDim", keyDim);
        requirePositive("valueDim", valueDim);
        requirePositive("chunkSize", chunkSize);
        Objects.requireNonNull(read, "read");
        if (!(keyScale > 0)) {
            throw new IllegalArgumentException("keyScale must be positive, was " + keyScale);
        }
    }

    /** The mLSTM of the xLSTM paper: clamped read, products scaled by keyDim^-1/2. */
    public static MlstmSpec clamped(int heads, int time, int keyDim, int valueDim) {
        return new MlstmSpec(heads, time, keyDim, valueDim, Read.CLAMPED, 1 / Math.sqrt(keyDim), DEFAULT_CHUNK_SIZE);
    }

    /** The mLSTM over softmax features: normalised read, products not scaled. */
    public static MlstmSpec normalized(int heads, int time, int keyDim, int valueDim) {
        return new MlstmSpec(heads, time, keyDim, valueDim, Read.NORMALIZER, 1, DEFAULT_CHUNK_SIZE);
    }

    /** The same mLSTM with another chunk size. */
    public MlstmSpec withChunkSize(int size) {
        return new MlstmSpec(heads, time, keyDim, valueDim, read, keyScale, size);
    }

    /** The same mLSTM over another length. */
    public MlstmSpec withTime(int length) {
        return new MlstmSpec(heads, length, keyDim, valueDim, read, keyScale, chunkSize);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be positive, was " + value);
        }
    }
}
