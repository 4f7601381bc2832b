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
        var logs = Arrays.copyOf(batch.logProbabilities(), rows * time * topK);
        for (int at = batch.logProbabilities().length; at < logs.length; at += time * topK) {
            System.arraycopy(logs, 0, logs, at, time * topK);
        }
        return new TargetBatch(tokens, filled(batch.ids(), rows, time * topK), logs);
    }

    private static int[] filled(int[] values, int rows, int width) {
        var all = Arrays.copyOf(values, rows * width);
        for (int at = values.length; at < all.length; at += width) {
            System.arraycopy(all, 0, all, at, width);
        }
        return all;
    }
}
