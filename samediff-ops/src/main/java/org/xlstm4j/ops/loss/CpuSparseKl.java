package org.xlstm4j.ops.loss;

import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * The divergence of the softmaxes of some classes' logits, and its gradient with respect to the student's. The forward
 * KL is Σ p (t − z) − log Σ e^t + log Σ e^z with the teacher's t and the student's z, each less its maximum and divided
 * by the temperature, and its gradient q − p; others are computed in float64. Reads 2 k floats a token, writes k + 1.
 */
final class CpuSparseKl {
    private static final int BLOCK = 64;
    /** Keeps t finite where a probability is 0: p t is 0 there, and so is p · this. */
    private static final float LOWEST = (float) Divergence.LOWEST_LOG;

    private final Divergence divergence;
    private final int classes;
    private final float inverseTemperature;

    /** @param classes how many there are a token */
    CpuSparseKl(Divergence divergence, int classes) {
        this.divergence = divergence;
        this.classes = classes;
        this.inverseTemperature = (float) (1 / divergence.temperature());
    }

    /** A part of the tokens whose classes' logits lie side by side, on the heap. */
    interface Source {
        /** Copies the logits of {@code count} tokens from {@code from} on. */
        void load(int from, int count, float[] to, Worker worker);
    }

    /**
     * Writes the divergence and its gradient.
     *
     * @param student  its logits
     * @param teacher  its logits or log-probabilities
     * @param sparseKl [tokens, 1]
     * @param gradient [tokens, classes]
     */
    void apply(int tokens, Source student, Source teacher, Floats sparseKl, Floats gradient) {
        Workers.forEach(LogitTiles.blocks(tokens, BLOCK), (block, worker) -> {
            int from = block * BLOCK;
            int count = Math.min(BLOCK, tokens - from);
            var ofTeacher = worker.floats(count * classes);
            var ofStudent = worker.floats(count * classes);
            var losses = worker.floats(count);
            teacher.load(from, count, ofTeacher, worker);
            student.load(from, count, ofStudent, worker);
            if (divergence.beta() == 0) {
                forward(ofTeacher, ofStudent, losses, count, worker);
            } else {
                other(ofTeacher, ofStudent, losses, count, worker);
            }
            worker.storeRows(losses, count, 1, sparseKl.at(from), sparseKl.stride(0));
            worker.storeRows(ofStudent, count, classes, gradient.at(from), gradient.stride(0));
        });
    }

    /** Puts the gradient where the student's logits were. */
    private void forward(float[] teacher, float[] student, float[] losses, int count, Worker worker) {
        var difference = worker.floats(count * classes);
        for (int t = 0; t < count; t++) {
            cool(student, t * classes);
            cool(teacher, t * classes);
            subtract(teacher, student, difference, t * classes);
        }
        worker.exp().inPlace(teacher, 0, count * classes);
        worker.exp().inPlace(student, 0, count * classes);

        double temperature = divergence.temperature();
        for (int t = 0; t < count; t++) {
            int at = t * classes;
            double teacherSum = Vectors.sum(teacher, at, classes);
            double studentSum = Vectors.sum(student, at, classes);
            losses[t] = (float) (temperature * temperature
                    * (Vectors.dot(teacher, at, difference, at, classes) / teacherSum
                    - Math.log(teacherSum) + Math.log(studentSum)));
            Vectors.scale((float) (temperature / studentSum), student, at, student, at, classes);
            Vectors.addScaled((float) (-temperature / teacherSum), teacher, at, student, at, classes);
        }
    }

    private void cool(float[] x, int from) {
        float max = Vectors.max(x, from, classes);
        for (int i = 0; i < classes; i++) {
            x[from + i] = (x[from + i] - max) * inverseTemperature;
        }
    }

    private void subtract(float[] teacher, float[] student, float[] difference, int from) {
        for (int i = 0; i < classes; i++) {
            difference[from + i] = Math.max(teacher[from + i], LOWEST) - student[from + i];
        }
    }

    private void other(float[] teacher, float[] student, float[] losses, int count, Worker worker) {
        var ofTeacher = worker.doubles(classes);
        var ofStudent = worker.doubles(classes);
        var gradient = worker.doubles(classes);
        for (int t = 0; t < count; t++) {
            for (int i = 0; i < classes; i++) {
                ofTeacher[i] = teacher[t * classes + i];
                ofStudent[i] = student[t * classes + i];
            }
            losses[t] = (float) divergence.of(ofTeacher, ofStudent, classes, gradient);
            for (int i = 0; i < classes; i++) {
                student[t * classes + i] = (float) gradient[i];
            }
        }
    }
}
