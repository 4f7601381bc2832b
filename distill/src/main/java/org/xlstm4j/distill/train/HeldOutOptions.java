package org.xlstm4j.distill.train;

import java.util.List;
import org.xlstm4j.distill.targets.TargetBatch;

/**
 * What a student is measured on while it trains, and when training stops for it.
 *
 * @param batches  rows that nothing trains on
 * @param every    steps between measurements
 * @param patience measurements in a row without a lower KL after which training stops; 0 for never. Where it is given
 *                 the student is in the end that of the lowest KL
 */
public record HeldOutOptions(List<TargetBatch> batches, int every, int patience) {
    public HeldOutOptions {
        batches = List.copyOf(batches);
        if (batches.isEmpty()) {
            throw new IllegalArgumentException("there is nothing held out to measure on");
        }
        if (every < 1 || patience < 0) {
            throw new IllegalArgumentException("measurements need at least 1 step between them and a patience that is"
                    + " not negative, were " + every + " and " + patience);
        }
    }

    boolean isDue(int step) {
        return step % every == 0;
    }
}
