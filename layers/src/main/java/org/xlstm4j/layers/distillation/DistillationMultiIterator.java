package org.xlstm4j.layers.distillation;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.MultiDataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** {@link DistillationIterator} for graphs of several inputs or outputs. */
public final class DistillationMultiIterator implements MultiDataSetIterator {
    private static final long serialVersionUID = 1L;

    private final MultiDataSetIterator source;
    private final transient Teacher teacher;
    private final DistillationLoss[] losses;

    /**
     * @param source  features, and labels as {@link TeacherLabels#pack} takes them
     * @param teacher with the outputs of the student
     * @param losses  the student's, one an output; null where the student has another loss, whose labels stay
     */
    public DistillationMultiIterator(MultiDataSetIterator source, Teacher teacher, DistillationLoss... losses) {
        this.source = source;
        this.teacher = teacher;
        this.losses = losses.clone();
    }

    @Override
    public boolean hasNext() {
        return source.hasNext();
    }

    @Override
    public MultiDataSet next() {
        return taught(source.next());
    }

    @Override
    public MultiDataSet next(int examples) {
        return taught(source.next(examples));
    }

    private MultiDataSet taught(MultiDataSet data) {
        var answers = teacher.logits(data.getFeatures(), data.getFeaturesMaskArrays());
        if (answers.length != losses.length || data.getLabels().length != losses.length) {
            throw new IllegalArgumentException(answers.length + " outputs of the teacher, " + data.getLabels().length
                    + " of the data, " + losses.length + " losses: there must be as many of each");
        }
        var labels = new INDArray[losses.length];
        for (int i = 0; i < losses.length; i++) {
            labels[i] = losses[i] == null ? data.getLabels(i)
                    : TeacherLabels.pack(losses[i], data.getLabels(i), answers[i]);
        }
        return new org.nd4j.linalg.dataset.MultiDataSet(data.getFeatures(), labels, data.getFeaturesMaskArrays(),
                data.getLabelsMaskArrays());
    }

    @Override
    public void setPreProcessor(MultiDataSetPreProcessor preProcessor) {
        source.setPreProcessor(preProcessor);
    }

    @Override
    public MultiDataSetPreProcessor getPreProcessor() {
        return source.getPreProcessor();
    }

    @Override
    public boolean resetSupported() {
        return source.resetSupported();
    }

    @Override
    public boolean asyncSupported() {
        return source.asyncSupported();
    }

    @Override
    public void reset() {
        source.reset();
    }
}
