package org.xlstm4j.ops.loss;

import org.xlstm4j.ops.cpu.Exp;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;

/**
 * scale · softmax(z) = e^(z − max) · scale / sum, for logits whose rows are words. The maximum and the sum come apart,
 * for their logarithm's last bits would be lost beside large logits.
 *
 * @param max   max z, [tokens, 1]
 * @param sum   Σ e^(z − max), [tokens, 1]
 * @param scale of each token
 */
record ScaledSoftmax(Floats max, Floats sum, float[] scale) {

    /** The same for groups of rows of a block of tokens, on the heap. */
    Group group(int token, int width, Worker worker) {
        var factor = worker.floats(LogitTiles.ROWS * width);
        System.arraycopy(scale, token, factor, 0, width);
        spread(factor, width);
        var divisor = spread(sum, token, width, worker);
        for (int i = 0; i < LogitTiles.ROWS * width; i++) {
            factor[i] /= divisor[i];
        }
        return new Group(spread(max, token, width, worker), factor);
    }

    /** The tokens' values in every row of a group, so that loops run over whole arrays. */
    private static float[] spread(Floats column, int token, int width, Worker worker) {
        var values = worker.floats(LogitTiles.ROWS * width);
        worker.loadRows(column.at(token), column.stride(0), width, 1, values);
        spread(values, width);
        return values;
    }

    private static void spread(float[] values, int width) {
        for (int row = 1; row < LogitTiles.ROWS; row++) {
            System.arraycopy(values, 0, values, row * width, width);
        }
    }

    /**
     * For each place in a group, what is taken off and what is multiplied by.
     *
     * @param factor scale / sum
     */
    record Group(float[] max, float[] factor) {

        /** Replaces logits, a group of rows at most. */
        void apply(float[] rows, int length, Exp exp) {
            subtract(rows, max, length);
            exp.inPlace(rows, 0, length);
            multiply(rows, factor, length);
        }

        private static void subtract(float[] x, float[] y, int length) {
            for (int i = 0; i < length; i++) {
                x[i] -= y[i];
            }
        }

        private static void multiply(float[] x, float[] y, int length) {
            for (int i = 0; i < length; i++) {
                x[i] *= y[i];
            }
        }
    }
}
