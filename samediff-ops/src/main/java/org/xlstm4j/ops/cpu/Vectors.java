package org.xlstm4j.ops.cpu;

/** Loops over parts of arrays, written so that the JIT compiler vectorises them or keeps several sums going. */
public final class Vectors {

    private Vectors() {
    }

    /** Σ x[i] · y[i] over {@code length} entries from the given offsets. */
    public static float dot(float[] x, int xFrom, float[] y, int yFrom, int length) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = 0;
        // A sum must be added up in order: four sums are four times as fast.
        for (; i + 3 < length; i += 4) {
            a = Math.fma(x[xFrom + i], y[yFrom + i], a);
            b = Math.fma(x[xFrom + i + 1], y[yFrom + i + 1], b);
            c = Math.fma(x[xFrom + i + 2], y[yFrom + i + 2], c);
            d = Math.fma(x[xFrom + i + 3], y[yFrom + i + 3], d);
        }
        for (; i < length; i++) {
            a = Math.fma(x[xFrom + i], y[yFrom + i], a);
        }
        return (a + b) + (c + d);
    }

    /** Σ x[i]. */
    public static float sum(float[] x, int from, int length) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = 0;
        for (; i + 3 < length; i += 4) {
            a += x[from + i];
            b += x[from + i + 1];
            c += x[from + i + 2];
            d += x[from + i + 3];
        }
        for (; i < length; i++) {
            a += x[from + i];
        }
        return (a + b) + (c + d);
    }

    /** The largest x[i]; NaN where any is. */
    public static float max(float[] x, int from, int length) {
        float a = Float.NEGATIVE_INFINITY;
        float b = a;
        float c = a;
        float d = a;
        int i = 0;
        for (; i + 3 < length; i += 4) {
            a = Math.max(a, x[from + i]);
            b = Math.max(b, x[from + i + 1]);
            c = Math.max(c, x[from + i + 2]);
            d = Math.max(d, x[from + i + 3]);
        }
        for (; i < length; i++) {
            a = Math.max(a, x[from + i]);
        }
        return Math.max(Math.max(a, b), Math.max(c, d));
    }

    /** y[i] = factor · x[i]; x and y may be one. */
    public static void scale(float factor, float[] x, int xFrom, float[] y, int yFrom, int length) {
        for (int i = 0; i < length; i++) {
            y[yFrom + i] = factor * x[xFrom + i];
        }
    }

    /** x[i] −= number. */
    public static void subtract(float number, float[] x, int from, int length) {
        for (int i = from; i < from + length; i++) {
            x[i] -= number;
        }
    }

    /** y[i] += factor · x[i]. */
    public static void addScaled(float factor, float[] x, int xFrom, float[] y, int yFrom, int length) {
        for (int i = 0; i < length; i++) {
            y[yFrom + i] = Math.fma(factor, x[xFrom + i], y[yFrom + i]);
        }
    }
}
