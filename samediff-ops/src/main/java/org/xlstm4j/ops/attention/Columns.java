package org.xlstm4j.ops.attention;

import org.xlstm4j.ops.cpu.Worker;

/**
 * What is done alike to every row of a matrix on the heap. Rows are short: bands of several make loops that are long
 * enough to pay. They are copied first, for no loop over two arrays from different offsets is vectorised.
 */
final class Columns {
    private static final int BAND = 16;
    private final float[] band;
    private final float[] next;

    /** @param width the most columns */
    Columns(int width, Worker worker) {
        this.band = worker.floats(BAND * width);
        this.next = worker.floats(BAND * width);
    }

    /** into[j] = max(into[j], maxᵢ x[i, j]). */
    void max(float[] x, int rows, int width, float[] into) {
        reduce(x, rows, width, into, Columns::max);
    }

    /** into[j] += Σᵢ x[i, j]. */
    void sum(float[] x, int rows, int width, float[] into) {
        reduce(x, rows, width, into, Columns::add);
    }

    /** x[i, j] −= row[j]. */
    void subtract(float[] row, float[] x, int rows, int width) {
        int length = Math.min(BAND, rows) * width;
        for (int from = 0; from < length; from += width) {
            System.arraycopy(row, 0, band, from, width);
        }
        for (int from = 0; from < rows * width; from += length) {
            int part = Math.min(length, rows * width - from);
            System.arraycopy(x, from, next, 0, part);
            take(next, band, part);
            System.arraycopy(next, 0, x, from, part);
        }
    }

    private void reduce(float[] x, int rows, int width, float[] into, Reduction reduction) {
        int height = Math.min(BAND, rows);
        int length = height * width;
        System.arraycopy(x, 0, band, 0, length);
        for (int from = length; from < rows * width; from += length) {
            combine(x, from, Math.min(length, rows * width - from), reduction);
        }
        while (height > 1) {
            int half = (height + 1) / 2;
            combine(band, half * width, (height - half) * width, reduction);
            height = half;
        }
        reduction.apply(into, band, width);
    }

    private void combine(float[] x, int from, int length, Reduction reduction) {
        System.arraycopy(x, from, next, 0, length);
        reduction.apply(band, next, length);
    }

    private interface Reduction {
        /** Combines into[i] with x[i]. */
        void apply(float[] into, float[] x, int length);
    }

    private static void max(float[] into, float[] x, int length) {
        for (int i = 0; i < length; i++) {
            into[i] = Math.max(into[i], x[i]);
        }
    }

    private static void add(float[] into, float[] x, int length) {
        for (int i = 0; i < length; i++) {
            into[i] += x[i];
        }
    }

    private static void take(float[] from, float[] x, int length) {
        for (int i = 0; i < length; i++) {
            from[i] -= x[i];
        }
    }
}
