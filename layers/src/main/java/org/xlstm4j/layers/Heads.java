package org.xlstm4j.layers;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.rope.Rope;
import org.xlstm4j.ops.rope.RopeSpec;

/**
 * The heads of a layer on sequences of one length.
 *
 * @param count heads
 * @param size  width of a head
 * @param time  length of the sequence
 */
record Heads(int count, int size, int time) {

    /** [minibatch · time, count · size] to [minibatch, count, time, size]. */
    SDVariable split(SDVariable rows) {
        return rows.reshape(-1, time, count, size).permute(0, 2, 1, 3);
    }

    /** [minibatch, count, time, size] to [minibatch · time, count · size]. */
    SDVariable join(SDVariable split) {
        return split.permute(0, 2, 1, 3).reshape(-1, (long) count * size);
    }

    /** One number a head: [minibatch · time, count] to [minibatch, count, time]. */
    SDVariable scalars(SDVariable rows) {
        return rows.reshape(-1, time, count).permute(0, 2, 1);
    }

    /** x turned by its position in the sequence, [minibatch, count, time, size]; x itself for a theta of 0. */
    SDVariable rotate(SDVariable x, double theta) {
        if (theta == 0) {
            return x;
        }
        var spec = RopeSpec.of(size, theta);
        var positions = x.getSameDiff().constant(Nd4j.arange(time).castTo(x.dataType()).reshape(1, time));
        return Rope.apply(spec, x, Rope.tables(spec, positions, time), count, time);
    }
}
