package org.xlstm4j.layers.distillation;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/**
 * An iterator's minibatches with labels that a teacher added its answers to, as they are asked for: what a student with
 * a {@link DistillationLoss} trains on. Features and masks are the iterator's, for teacher and student the same. A
 * preprocessor works on what the iterator has, before the teacher sees it.
 */
public final class DistillationIterator implements DataSetIterator {
    private static final long serialVersionUID = 1L;

    private final DataSetIterator source;
    private final transient Teacher teacher;
    private final DistillationLoss loss;

    /**
     * @param source  features, and labels as {@link TeacherLabels#pack} takes them
     * @param teacher with one output
     * @param loss    the student's
     */
    public DistillationIterator(DataSetIterator source, Teacher teacher, DistillationLoss loss) {
        this.source = source;
        this.teacher = teacher;
        this.loss = loss;
    }

    @Override
    public boolean hasNext() {
        return source.hasNext();
    }

    @Override
    public DataSet next() {
        return taught(source.next());
    }

    @Override
    public DataSet next(int examples) {
        return taught(source.next(examples));
    }

    private DataSet taught(DataSet data) {
        var masks = data.getFeaturesMaskArray() == null ? null : new INDArray[] {data.getFeaturesMaskArray()};
        var answers = teacher.logits(new INDArray[] {data.getFeatures()}, masks);
        if (answers.length != 1) {
            throw new IllegalArgumentException("the teacher has " + answers.length
                    + " outputs: a DistillationMultiIterator takes any number");
        }
        var taught = new DataSet(data.getFeatures(), TeacherLabels.pack(loss, data.getLabels(), answers[0]),
                data.getFeaturesMaskArray(), data.getLabelsMaskArray());
        taught.setExampleMetaData(data.getExampleMetaData());
        return taught;
    }

    @Override
    public int inputColumns() {
        return source.inputColumns();
    }

    /** The number of classes, as the iterator tells it. */
    @Override
    public int totalOutcomes() {
        return source.totalOutcomes();
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

    @Override
    public int batch() {
        return source.batch();
    }

    @Override
    public void setPreProcessor(DataSetPreProcessor preProcessor) {
        source.setPreProcessor(preProcessor);
    }

    @Override
    public DataSetPreProcessor getPreProcessor() {
        return source.getPreProcessor();
    }

    @Override
    public List<String> getLabels() {
        return source.getLabels();
    }
}
