package org.xlstm4j.ops.loss;

import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * KL(p ‖ q) of the softmaxes of k logits each, Σ p (t − z) − log Σ e^t + log Σ e^z with the teacher's t and the
 * student's z, each less its maximum, and its gradient with respect to z, q − p. Reads 2 k floats a token and writes
 * k + 1.
 */
final class CpuSparseKl {
    private static final int BLOCK = 64;
    /** Keeps t finite where a probability is 0: p t is 0 there, and so is p · this. */
    private static final float LOWEST = -87f;

    private CpuSparseKl() {
    }

    /**
     * Writes the divergence and its gradient.
     *
     * @param picked        1 + k logits of the student a token, of which the first is left out
     * @param teacherLogits [tokens, k]
     * @param sparseKl      [tokens, 1]
     * @param gradient      [tokens, k]
     * @throws IllegalArgumentException if there is another number of teacher logits than of ids
     */
    static void apply(LogitTiles tiles, Picks picks, float[] picked, Floats teacherLogits, Floats sparseKl,
                      Floats gradient) {
        int tokens = tiles.tokens();
        if (teacherLogits.length() + tokens != picks.count()) {
            throw new IllegalArgumentException(teacherLogits.length() + " teacher logits do not fit "
                    + (picks.count() - tokens) + " teacher ids");
        }
        Workers.forEach(LogitTiles.blocks(tokens, BLOCK), (block, worker) -> {
            int from = block * BLOCK;
            int count = Math.min(BLOCK, tokens - from);
            block(picked, teacherLogits, sparseKl, gradient, from, count, worker);
        });
    }

    private static void block(float[] picked, Floats teacherLogits, Floats sparseKl, Floats gradient, int from,
                              int count, Worker worker) {
        int k = teacherLogits.size(1);
        var teacher = worker.floats(count * k);
        var student = worker.floats(count * k);
        var difference = worker.floats(count * k);
        worker.loadRows(teacherLogits.at(from), teacherLogits.stride(0), count, k, teacher);
        for (int t = 0; t < count; t++) {
            System.arraycopy(picked, (from + t) * (k + 1) + 1, student, t * k, k);
            shift(student, t * k, k);
            shift(teacher, t * k, k);
            subtract(teacher, student, difference, t * k, k);
        }
        worker.exp().inPlace(teacher, 0, count * k);
        worker.exp().inPlace(student, 0, count * k);

        var divergence = worker.floats(count);
        for (int t = 0; t < count; t++) {
            double teacherSum = Vectors.sum(teacher, t * k, k);
            double studentSum = Vectors.sum(student, t * k, k);
            divergence[t] = (float) (Vectors.dot(teacher, t * k, difference, t * k, k) / teacherSum
                    - Math.log(teacherSum) + Math.log(studentSum));
            Vectors.scale((float) (1 / studentSum), student, t * k, student, t * k, k);
            Vectors.addScaled((float) (-1 / teacherSum), teacher, t * k, student, t * k, k);
        }
        worker.storeRows(divergence, count, 1, sparseKl.at(from), sparseKl.stride(0));
        worker.storeRows(student, count, k, gradient.at(from), gradient.stride(0));
    }

    private static void shift(float[] x, int from, int length) {
        float max = Vectors.max(x, from, length);
        for (int i = 0; i < length; i++) {
            x[from + i] -= max;
        }
    }

    private static void subtract(float[] teacher, float[] student, float[] difference, int from, int length) {
        for (int i = 0; i < length; i++) {
            difference[from + i] = Math.max(teacher[from + i], LOWEST) - student[from + i];
        }
    }
}
