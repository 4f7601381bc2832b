package org.xlstm4j.ops.rope;

import java.util.List;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * The rotation in blocks of rows: reads each x and writes its y once. A row is turned in one loop over all its heads,
 * y = x ⊙ cos + partner ⊙ ± sin, since loops of half a head are too short to vectorise well. The gradient is
 * dx = (dy_a cos + dy_b sin, dy_b cos − dy_a sin), the rotation by the negative angles.
 */
final class CpuRope {
    private static final int BLOCK = 32;

    private CpuRope() {
    }

    /** @param xs rows to turn by the same angles, of any numbers of heads */
    static void turn(List<Floats> xs, Floats cos, Floats sin, boolean back, List<Floats> ys) {
        int rows = xs.get(0).size(0);
        int half = cos.size(1);
        int widest = xs.stream().mapToInt(x -> x.size(1)).max().orElseThrow();
        Workers.forEach((rows + BLOCK - 1) / BLOCK, (block, worker) -> {
            var c = worker.floats(widest);
            var s = worker.floats(widest);
            var values = worker.floats(widest);
            var partners = worker.floats(widest);
            for (int row = block * BLOCK; row < Math.min(rows, (block + 1) * BLOCK); row++) {
                loadAngles(cos.at(row), sin.at(row), half, back, c, s, worker);
                repeat(c, 2 * half, widest);
                repeat(s, 2 * half, widest);
                for (int i = 0; i < xs.size(); i++) {
                    int width = xs.get(i).size(1);
                    worker.load(xs.get(i).at(row), values, 0, width);
                    swapHalves(values, partners, half, width);
                    turn(values, partners, c, s, width);
                    worker.store(values, 0, width, ys.get(i).at(row));
                }
            }
        });
    }

    /** The factors of one head's entries and of their partners. */
    private static void loadAngles(long cos, long sin, int half, boolean back, float[] c, float[] s, Worker worker) {
        worker.load(cos, c, 0, half);
        worker.load(sin, s, half, half);
        Vectors.scale(1, c, 0, c, half, half);
        Vectors.scale(back ? -1 : 1, s, half, s, half, half);
        Vectors.scale(-1, s, half, s, 0, half);
    }

    /** Fills an array with what its first {@code period} entries hold. */
    private static void repeat(float[] x, int period, int length) {
        for (int filled = period; filled < length; filled *= 2) {
            System.arraycopy(x, 0, x, filled, Math.min(filled, length - filled));
        }
    }

    private static void swapHalves(float[] x, float[] partners, int half, int width) {
        for (int head = 0; head < width; head += 2 * half) {
            System.arraycopy(x, head + half, partners, head, half);
            System.arraycopy(x, head, partners, head + half, half);
        }
    }

    private static void turn(float[] x, float[] partners, float[] cos, float[] sin, int width) {
        for (int i = 0; i < width; i++) {
            x[i] = x[i] * cos[i] + partners[i] * sin[i];
        }
    }
}
