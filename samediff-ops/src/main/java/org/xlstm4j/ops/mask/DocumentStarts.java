package org.xlstm4j.ops.mask;

import java.util.Arrays;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;

/** Where documents begin in a row of tokens, for kernels. */
public final class DocumentStarts {

    private DocumentStarts() {
    }

    /**
     * The index at which each token's document begins.
     *
     * @param segments [batch, time], the number of each token's document, the same in contiguous tokens; null where
     *                 every row is one document
     * @param row      of the batch
     * @return at least {@code time} entries
     */
    public static int[] of(Floats segments, int row, int time, Worker worker) {
        var starts = worker.ints(time);
        if (segments == null) {
            Arrays.fill(starts, 0, time, 0);
            return starts;
        }
        var numbers = worker.floats(time);
        worker.load(segments.at(row), numbers, 0, time);
        starts[0] = 0;
        for (int t = 1; t < time; t++) {
            starts[t] = numbers[t] == numbers[t - 1] ? starts[t - 1] : t;
        }
        return starts;
    }
}
