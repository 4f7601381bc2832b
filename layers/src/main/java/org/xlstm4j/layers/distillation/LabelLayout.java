package org.xlstm4j.layers.distillation;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What lies where in labels of a {@link DistillationLoss}: a target, ids where there are not all, the teacher's values.
 *
 * @param ids    k, or 0
 * @param values of the teacher
 */
record LabelLayout(int ids, int values, boolean needsTarget) {

    /** The layout for an output of a number of classes. */
    static LabelLayout of(DistillationLoss loss, int classes) {
        int k = loss.topK();
        if (k > classes || k == classes && loss.divergence().hasTail()) {
            throw new IllegalArgumentException("topK is " + k + ", and there are " + classes + " classes"
                    + (k == classes ? ", which leaves nothing for a tail" : ""));
        }
        return new LabelLayout(k, k == 0 ? classes : loss.divergence().teacherValues(k),
                k > 0 || loss.labelWeight() > 0);
    }

    /** Numbers a row, with the target. */
    int width() {
        return 1 + ids + values;
    }

    /** Whether rows of this width begin with a target: all but those that are the teacher's values alone. */
    boolean hasTarget(int width) {
        return width == width();
    }

    void check(INDArray labels) {
        if (labels.dataType() != DataType.FLOAT && labels.dataType() != DataType.DOUBLE) {
            throw new IllegalArgumentException("labels with ids must be FLOAT or DOUBLE, were " + labels.dataType()
                    + ": set the net's dataType to FLOAT");
        }
        if (labels.rank() != 2 || !(hasTarget((int) labels.size(1)) || !needsTarget && labels.size(1) == values)) {
            throw new IllegalArgumentException("labels must have " + width() + " numbers a row (a target, " + ids
                    + " ids, " + values + " values of the teacher)" + (needsTarget ? "" : " or the " + values
                    + " values alone") + ", and rows are of shape " + Arrays.toString(labels.shape()));
        }
    }
}
