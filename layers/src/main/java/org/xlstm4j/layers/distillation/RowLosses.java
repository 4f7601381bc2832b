package org.xlstm4j.layers.distillation;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.cpu.Workers;
import org.xlstm4j.ops.loss.Divergence;

/** A {@link DistillationLoss} of rows of logits, and its gradient, in float64. */
final class RowLosses {
    private static final int BLOCK = 16;

    private final DistillationLoss loss;
    private final Divergence divergence;
    private final int rows;
    private final int classes;
    private final int width;
    private final double[] logits;
    private final double[] labels;
    private final double[] weights;
    private final double[] scores;
    private final double[] gradient;

    private RowLosses(DistillationLoss loss, INDArray labels, INDArray logits, INDArray mask, boolean wantsGradient) {
        this.loss = loss;
        this.divergence = loss.divergence();
        this.rows = Math.toIntExact(logits.size(0));
        this.classes = Math.toIntExact(logits.size(1));
        this.width = Math.toIntExact(labels.size(1));
        this.logits = values(logits);
        this.labels = values(labels);
        this.weights = mask == null ? null : values(mask);
        this.scores = new double[rows];
        this.gradient = wantsGradient ? new double[this.logits.length] : null;
    }

    /**
     * The losses of rows.
     *
     * @param labels [rows, width]
     * @param logits [rows, classes]
     * @param mask   a weight a row, or null
     */
    static RowLosses of(DistillationLoss loss, INDArray labels, INDArray logits, INDArray mask,
            boolean wantsGradient) {
        LabelLayout.of(loss, Math.toIntExact(logits.size(1))).check(labels);
        if (labels.size(0) != logits.size(0)) {
            throw new IllegalArgumentException("labels of " + labels.size(0) + " rows do not fit outputs of "
                    + logits.size(0));
        }
        if (mask != null && mask.length() != logits.size(0)) {
            throw new IllegalArgumentException("a DistillationLoss takes masks with a number a row, of which there are "
                    + logits.size(0) + ", and was given one of shape " + Arrays.toString(mask.shape()));
        }
        var losses = new RowLosses(loss, labels, logits, mask, wantsGradient);
        Workers.forEach((losses.rows + BLOCK - 1) / BLOCK, (block, worker) -> losses.block(block * BLOCK));
        return losses;
    }

    private static double[] values(INDArray array) {
        return array.dup('c').data().asDouble();
    }

    /** The sum over rows, or their mean. */
    double sum(boolean average) {
        double sum = 0;
        for (double score : scores) {
            sum += score;
        }
        return average ? sum / rows : sum;
    }

    /** [rows, 1]. */
    INDArray scores(DataType type) {
        return Nd4j.createFromArray(scores).reshape(rows, 1).castTo(type);
    }

    /** [rows, classes]. */
    INDArray gradient(DataType type) {
        return Nd4j.createFromArray(gradient).reshape(rows, classes).castTo(type);
    }

    private void block(int from) {
        var row = new Row();
        for (int t = from; t < Math.min(from + BLOCK, rows); t++) {
            double weight = weights == null ? 1 : weights[t];
            if (weight != 0) {
                scores[t] = weight * row.loss(t, weight);
            }
        }
    }

    /** One row after the other, in the same memory. */
    private final class Row {
        private final int k = loss.topK() == 0 ? classes : loss.topK();
        private final double[] teacher = new double[k + 1];
        private final double[] student = new double[k + 1];
        private final double[] pulls = new double[k + 1];
        private final int[] ids = new int[k];
        private final boolean[] isId = new boolean[classes];
        private int first;
        private double weight;

        /** A row's loss; adds its gradient, weighted. */
        double loss(int row, double weightOfRow) {
            first = row * classes;
            weight = weightOfRow;
            var layout = LabelLayout.of(loss, classes);
            int at = row * width;
            double value = 0;
            if (loss.labelWeight() > 0) {
                value += loss.labelWeight() * crossEntropy(id(labels[at], "target", row));
            }
            at += layout.hasTarget(width) ? 1 : 0;
            if (loss.teacherWeight() > 0) {
                value += loss.teacherWeight() * (loss.topK() == 0 ? dense(at) : sparse(at, row));
            }
            return value;
        }

        private double crossEntropy(int target) {
            double logSum = logSumExp(false);
            add(loss.labelWeight(), logSum, false);
            add(target, -loss.labelWeight());
            return logSum - logits[first + target];
        }

        private double dense(int at) {
            System.arraycopy(labels, at, teacher, 0, classes);
            System.arraycopy(logits, first, student, 0, classes);
            double value = divergence.of(teacher, student, classes, pulls);
            for (int i = 0; i < classes; i++) {
                add(i, loss.teacherWeight() * pulls[i]);
            }
            return value;
        }

        private double sparse(int at, int row) {
            Arrays.fill(isId, false);
            for (int j = 0; j < k; j++) {
                ids[j] = id(labels[at + j], "teacher's id", row);
                if (isId[ids[j]]) {
                    throw new IllegalArgumentException("row " + row + " of the labels has the teacher's id " + ids[j]
                            + " twice");
                }
                isId[ids[j]] = true;
                student[j] = logits[first + ids[j]];
            }
            System.arraycopy(labels, at + k, teacher, 0, divergence.teacherValues(k));
            if (divergence.hasTail()) {
                student[k] = logSumExp(true);
            }
            double logRest = student[k];
            if (divergence.tail() == Divergence.Tail.REST) {
                teacher[k] = Divergence.logRest(Arrays.stream(teacher, 0, k).map(Math::exp).sum());
            }
            double value = divergence.of(teacher, student, divergence.classes(k), pulls);
            for (int j = 0; j < k; j++) {
                add(ids[j], loss.teacherWeight() * pulls[j]);
            }
            if (divergence.hasTail()) {
                add(loss.teacherWeight() * pulls[k], logRest, true);
            }
            return value;
        }

        private double logSumExp(boolean withoutIds) {
            double max = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < classes; i++) {
                max = withoutIds && isId[i] ? max : Math.max(max, logits[first + i]);
            }
            double sum = 0;
            for (int i = 0; i < classes; i++) {
                sum += withoutIds && isId[i] ? 0 : Math.exp(logits[first + i] - max);
            }
            return max + Math.log(sum);
        }

        /** Adds factor · e^(z − logSum) to the gradient. */
        private void add(double factor, double logSum, boolean withoutIds) {
            for (int i = 0; gradient != null && i < classes; i++) {
                gradient[first + i] += withoutIds && isId[i] ? 0
                        : weight * factor * Math.exp(logits[first + i] - logSum);
            }
        }

        private void add(int id, double amount) {
            if (gradient != null) {
                gradient[first + id] += weight * amount;
            }
        }

        private int id(double label, String what, int row) {
            int id = (int) label;
            if (id != label || id < 0 || id >= classes) {
                throw new IllegalArgumentException("row " + row + " of the labels has the " + what + " " + label
                        + ", which is none of the output's " + classes + " classes");
            }
            return id;
        }
    }
}
