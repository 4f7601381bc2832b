package org.xlstm4j.distill.train;

import java.util.Arrays;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.distill.targets.TargetBatch;

/** Batches of target rows brought to a size. */
final class Rows {

    private Rows() {
    }

    /** The batch with copies of its first row after its own, whose weights are zero, to make {@code rows} of them. */
    static TargetBatch filled(TargetBatch batch, int rows, int topK) {
        var packed = batch.tokens();
        int time = packed.time();
        var tokens = new PackedBatch(rows, time, filled(packed.ids(), rows, time),
                filled(packed.positions(), rows, time), filled(packed.segments(), rows, time),
                filled(packed.targets(), rows, time), Arrays.copyOf(packed.weights(), rows * time));
        var tails = batch.tailLogProbabilities();
        return new TargetBatch(tokens, filled(batch.ids(), rows, time * topK),
                filled(batch.logProbabilities(), rows, time * topK),
                tails.length == 0 ? tails : filled(tails, rows, time));
    }

    private static float[] filled(float[] values, int rows, int width) {
        var all = Arrays.copyOf(values, rows * width);
        for (int at = values.length; at < all.length; at += width) {
            System.arraycopy(all, 0, all, at, width);
        }
        return all;
    }

    private static int[] filled(int[] values, int rows, int width) {
        var all = Arrays.copyOf(values, rows * width);
        for (int at = values.length; at < all.length; at += width) {
            System.arraycopy(all, 0, all, at, width);
        }
        return all;
    }
}
