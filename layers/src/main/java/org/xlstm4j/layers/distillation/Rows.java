package org.xlstm4j.layers.distillation;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** DL4J's [minibatch, size] and [minibatch, size, time] as rows of numbers, an example's steps one after the other. */
final class Rows {
    private Rows() {}

    /** [minibatch · time, size]. */
    static INDArray of(INDArray array) {
        return array.rank() == 3
                ? array.permute(0, 2, 1).dup('c').reshape(array.size(0) * array.size(2), array.size(1))
                : array;
    }

    /** All numbers, row by row. */
    static double[] values(INDArray array) {
        return of(array).dup('c').data().asDouble();
    }

    /** Rows as an array of the form of another. */
    static INDArray toArray(float[] rows, INDArray form) {
        long time = form.rank() == 3 ? form.size(2) : 1;
        long width = rows.length / (form.size(0) * time);
        var array = Nd4j.createFromArray(rows);
        return form.rank() == 3 ? array.reshape(form.size(0), time, width).permute(0, 2, 1).dup('c')
                : array.reshape(form.size(0), width);
    }
}
