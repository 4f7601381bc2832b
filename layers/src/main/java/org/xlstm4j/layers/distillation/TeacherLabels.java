package org.xlstm4j.layers.distillation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.Workers;
import org.xlstm4j.ops.loss.Divergence.Tail;

/** Packs ordinary labels and a teacher's answers into the labels of a {@link DistillationLoss}. */
public final class TeacherLabels {
    private static final int BLOCK = 16;

    private final DistillationLoss loss;
    private final LabelLayout layout;
    private final int classes;

    private TeacherLabels(DistillationLoss loss, int classes) {
        this.loss = loss;
        this.layout = LabelLayout.of(loss, classes);
        this.classes = classes;
    }

    /**
     * The labels that a student with this loss trains on. Log-probabilities are normalised over all classes, ids are in
     * order from the likeliest to the least likely.
     *
     * @param labels  one-hot or probabilities, [minibatch, classes] or [minibatch, classes, time]; or classes'
     *                numbers, [minibatch, 1] or [minibatch, 1, time]
     * @param teacher its log-probabilities or logits, [minibatch, classes] or [minibatch, classes, time]
     * @return [minibatch, width] or [minibatch, width, time], float32
     */
    public static INDArray pack(DistillationLoss loss, INDArray labels, INDArray teacher) {
        int classes = Math.toIntExact(teacher.size(1));
        boolean fits = labels.rank() == teacher.rank() && (labels.size(1) == classes || labels.size(1) == 1)
                && labels.size(0) == teacher.size(0) && labels.size(-1) == teacher.size(-1) | labels.rank() == 2;
        if (!fits || teacher.rank() < 2 || teacher.rank() > 3) {
            throw new IllegalArgumentException("labels of shape " + Arrays.toString(labels.shape())
                    + " do not fit the teacher's answers of shape " + Arrays.toString(teacher.shape())
                    + ": [minibatch, classes] or [minibatch, classes, time]");
        }
        var packed = new TeacherLabels(loss, classes).rows(Rows.values(labels), Rows.values(teacher));
        return Rows.toArray(packed, teacher);
    }

    private float[] rows(double[] labels, double[] teacher) {
        int rows = teacher.length / classes;
        int labelWidth = labels.length / rows;
        var packed = new float[rows * layout.width()];
        Workers.forEach((rows + BLOCK - 1) / BLOCK, (block, worker) -> {
            for (int row = block * BLOCK; row < Math.min((block + 1) * BLOCK, rows); row++) {
                var logP = logSoftmax(Arrays.copyOfRange(teacher, row * classes, (row + 1) * classes));
                int at = row * layout.width();
                packed[at] = target(labels, row * labelWidth, labelWidth);
                row(logP, packed, at + 1);
            }
        });
        return packed;
    }

    /** The largest label's place; with a single label, that. */
    private static float target(double[] labels, int from, int width) {
        int best = from;
        for (int i = from + 1; i < from + width; i++) {
            best = labels[i] > labels[best] ? i : best;
        }
        return width == 1 ? (float) labels[from] : best - from;
    }

    private void row(double[] logP, float[] packed, int at) {
        int k = layout.ids();
        if (k == 0) {
            for (int i = 0; i < classes; i++) {
                packed[at + i] = (float) logP[i];
            }
            return;
        }
        var likeliest = likeliest(logP, k);
        for (int j = 0; j < k; j++) {
            packed[at + j] = likeliest[j];
            packed[at + k + j] = (float) logP[likeliest[j]];
        }
        if (loss.divergence().tail() == Tail.GIVEN) {
            for (int id : likeliest) {
                logP[id] = Double.NEGATIVE_INFINITY;
            }
            double rest = Arrays.stream(logP).map(Math::exp).sum();
            packed[at + 2 * k] = (float) Math.log(Math.max(rest, Float.MIN_NORMAL));
        }
    }

    /** The k likeliest ids, the likeliest first; among equals the lower one. */
    private static int[] likeliest(double[] logP, int k) {
        var ascending = Comparator.comparingDouble((Integer id) -> logP[id]).thenComparing(Comparator.reverseOrder());
        var kept = new PriorityQueue<Integer>(k, ascending);
        for (int id = 0; id < logP.length; id++) {
            if (kept.size() < k) {
                kept.add(id);
            } else if (logP[id] > logP[kept.peek()]) {
                kept.poll();
                kept.add(id);
            }
        }
        return kept.stream().sorted(ascending.reversed()).mapToInt(Integer::intValue).toArray();
    }

    private static double[] logSoftmax(double[] x) {
        double max = Arrays.stream(x).max().orElseThrow();
        double logSum = max + Math.log(Arrays.stream(x).map(value -> Math.exp(value - max)).sum());
        return Arrays.stream(x).map(value -> value - logSum).toArray();
    }
}
