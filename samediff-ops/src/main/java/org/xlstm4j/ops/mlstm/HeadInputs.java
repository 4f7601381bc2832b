package org.xlstm4j.ops.mlstm;

import java.util.List;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.mask.DocumentStarts;

/**
 * What one head of one row of the batch reads.
 *
 * @param query          [time, keyDim]
 * @param key            [time, keyDim]
 * @param value          [time, valueDim]
 * @param inputGate      pre-activations, [time]
 * @param forgetGate     pre-activations, [time]
 * @param documentStarts the index at which each step's document begins, [time]
 * @param initial        the memory to start from; null for an empty one
 */
public record HeadInputs(Rows query, Rows key, Rows value, float[] inputGate, float[] forgetGate,
                         int[] documentStarts, HeadState initial) {

    /** A head's part of the arrays of {@link MlstmOp}. */
    static HeadInputs of(MlstmArguments arguments, List<Floats> in, int row, int head, Floats segments,
                         Worker worker) {
        var spec = arguments.spec();
        long first = (long) row * spec.time();
        return new HeadInputs(in.get(0).rows(first, (long) head * spec.keyDim()),
                in.get(1).rows(first, (long) head * spec.keyDim()),
                in.get(2).rows(first, (long) head * spec.valueDim()),
                column(in.get(3).rows(first, 0), spec.heads(), head, spec.time(), worker),
                column(in.get(4).rows(first, 0), spec.heads(), head, spec.time(), worker),
                DocumentStarts.of(segments, row, spec.time(), worker),
                arguments.initialState() ? HeadState.of(in, MlstmOp.GATED, row, head) : null);
    }

    /** One column of rows of {@code width}. */
    private static float[] column(Rows matrix, int width, int index, int rows, Worker worker) {
        var all = worker.floats(rows * width);
        worker.loadRows(matrix.address(), matrix.stride(), rows, width, all);
        var column = worker.floats(rows);
        for (int row = 0; row < rows; row++) {
            column[row] = all[row * width + index];
        }
        return column;
    }
}
