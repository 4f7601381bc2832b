package org.xlstm4j.ops.rope;

import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;

/** Cosines and sines of angles, which are products in float32, as the checkpoints' authors compute them. */
final class CpuRopeTables {

    private CpuRopeTables() {
    }

    static void fill(Floats positions, Floats frequencies, double factor, Floats cos, Floats sin, Worker worker) {
        int rows = cos.size(0);
        int pairs = cos.size(1);
        var at = worker.floats(rows);
        var by = worker.floats(pairs);
        // Positions are dense beyond their first axis, which may be the batch's.
        int width = rows / positions.size(0);
        worker.loadRows(positions.address(), positions.stride(0), positions.size(0), width, at);
        worker.load(frequencies.address(), by, 0, pairs);
        var c = worker.floats(pairs);
        var s = worker.floats(pairs);
        for (int row = 0; row < rows; row++) {
            for (int pair = 0; pair < pairs; pair++) {
                float angle = at[row] * by[pair];
                c[pair] = (float) (Math.cos(angle) * factor);
                s[pair] = (float) (Math.sin(angle) * factor);
            }
            worker.store(c, 0, pairs, cos.at(row));
            worker.store(s, 0, pairs, sin.at(row));
        }
    }
}
