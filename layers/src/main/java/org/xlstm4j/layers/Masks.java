package org.xlstm4j.layers;

import org.nd4j.linalg.api.ndarray.INDArray;

/** What layers ask of masks. */
final class Masks {
    private Masks() {}

    /**
     * Checks that no example's steps are left out between others.
     *
     * @param layer who asks
     * @param mask  [minibatch, time]
     */
    static void requireContiguous(MultiHeadLayer layer, INDArray mask) {
        for (long example = 0; example < mask.rows(); example++) {
            long first = -1;
            long last = -1;
            long present = 0;
            for (long step = 0; step < mask.columns(); step++) {
                if (mask.getDouble(example, step) != 0) {
                    first = first < 0 ? step : first;
                    last = step;
                    present++;
                }
            }
            if (present > 0 && last - first + 1 != present) {
                throw new IllegalArgumentException(layer + " needs masks without gaps, example " + example + " has "
                        + present + " steps between " + first + " and " + last);
            }
        }
    }
}
