package org.xlstm4j.layers.distillation;

import java.util.List;
import org.deeplearning4j.earlystopping.scorecalc.ScoreCalculator;
import org.deeplearning4j.nn.api.Model;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A student's mean divergence from its teacher on held-out data: a score for early stopping, the less the better. The
 * mean is over rows that no label mask leaves out, steps of sequences being rows of their own.
 */
public final class HeldOutDivergence implements ScoreCalculator<Model> {
    private static final long serialVersionUID = 1L;

    private final DataSetIterator data;
    private final MultiDataSetIterator multiData;
    private final List<DistillationLoss> losses;

    /**
     * For nets with one output.
     *
     * @param data with the teacher's answers in its labels, see {@link DistillationIterator}
     * @param loss what the labels are packed for, whose divergence is taken
     */
    public HeldOutDivergence(DataSetIterator data, DistillationLoss loss) {
        this.data = data;
        this.multiData = null;
        this.losses = List.of(loss.withWeights(0, 1));
    }

    /**
     * For graphs with several outputs, over the rows of all of them.
     *
     * @param data   with the teacher's answers in its labels, see {@link DistillationMultiIterator}
     * @param losses one an output
     */
    public HeldOutDivergence(MultiDataSetIterator data, DistillationLoss... losses) {
        this.data = null;
        this.multiData = data;
        this.losses = List.of(losses).stream().map(loss -> loss.withWeights(0, 1)).toList();
    }

    @Override
    public double calculateScore(Model network) {
        var mean = new Mean(Teacher.of(network));
        if (data != null) {
            data.reset();
            while (data.hasNext()) {
                mean.add(data.next());
            }
        } else {
            multiData.reset();
            while (multiData.hasNext()) {
                mean.add(multiData.next());
            }
        }
        if (mean.rows == 0) {
            throw new IllegalStateException("there is no held-out data, or all of it is masked");
        }
        return mean.sum / mean.rows;
    }

    @Override
    public boolean minimizeScore() {
        return true;
    }

    private final class Mean {
        private final Teacher student;
        private double sum;
        private double rows;

        private Mean(Teacher student) {
            this.student = student;
        }

        private void add(DataSet batch) {
            add(new INDArray[] {batch.getFeatures()}, new INDArray[] {batch.getFeaturesMaskArray()},
                    new INDArray[] {batch.getLabels()}, new INDArray[] {batch.getLabelsMaskArray()});
        }

        private void add(MultiDataSet batch) {
            add(batch.getFeatures(), batch.getFeaturesMaskArrays(), batch.getLabels(), batch.getLabelsMaskArrays());
        }

        private void add(INDArray[] features, INDArray[] featuresMasks, INDArray[] labels, INDArray[] masks) {
            var logits = student.logits(features, featuresMasks);
            for (int i = 0; i < losses.size(); i++) {
                var rowsOfLogits = Rows.of(logits[i]);
                var mask = masks == null || masks[i] == null ? null : counted(masks[i]);
                var scores = losses.get(i).computeScoreArray(Rows.of(labels[i]), rowsOfLogits,
                        new ActivationIdentity(), mask);
                sum += scores.sumNumber().doubleValue();
                rows += mask == null ? rowsOfLogits.size(0) : mask.sumNumber().doubleValue();
            }
        }

        /** 1 for every row that counts at all, [rows, 1]. */
        private static INDArray counted(INDArray mask) {
            return Nd4j.toFlattened('c', mask).neq(0).castTo(mask.dataType()).reshape(mask.length(), 1);
        }
    }
}
