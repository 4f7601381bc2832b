package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Where a batch of sequences stands in decoding: per layer the key-value cache and, for a student, the mLSTM's memory,
 * all under the names of the step graph's placeholders. Its size does not grow for a student.
 *
 * @param arrays  by placeholder name
 * @param lengths tokens read so far, a row each
 */
record DecodeState(Map<String, INDArray> arrays, int[] lengths) {

    /** The names of a layer's state. */
    record Names(String keys, String values, String memory, String normalizer, String max) {
        static Names of(int layer) {
            var prefix = "state." + layer + ".";
            return new Names(prefix + "keys", prefix + "values", prefix + "memory", prefix + "normalizer",
                    prefix + "max");
        }

        List<String> all(boolean student) {
            return student ? List.of(keys, values, memory, normalizer, max) : List.of(keys, values);
        }
    }

    /** The names of all layers' states, in order. */
    static List<String> names(ModelConfig config) {
        var names = new ArrayList<String>();
        for (int layer = 0; layer < config.layers(); layer++) {
            names.addAll(Names.of(layer).all(config.isStudent()));
        }
        return names;
    }

    /** This state, one token later. */
    DecodeState next(Map<String, INDArray> updated) {
        var later = lengths.clone();
        for (int row = 0; row < later.length; row++) {
            later[row]++;
        }
        return new DecodeState(new HashMap<>(updated), later);
    }

    /**
     * The cache's slots filled from a prefill.
     *
     * @param sequence [batch, keyValueHeads, time, headDim], sequences ending at the last time step
     * @return [batch, keyValueHeads, slots, headDim]
     */
    static INDArray cache(CacheLayout layout, INDArray sequence, int[] lengths) {
        int heads = (int) sequence.size(1);
        int time = (int) sequence.size(2);
        int width = (int) sequence.size(3);
        var from = sequence.dup('c').data().asFloat();
        var to = new float[lengths.length * heads * layout.slots() * width];
        for (int row = 0; row < lengths.length; row++) {
            int start = time - lengths[row];
            for (int head = 0; head < heads; head++) {
                int source = (row * heads + head) * time + start;
                int target = (row * heads + head) * layout.slots();
                for (int position = 0; position < lengths[row]; position++) {
                    if (layout.holds(position, lengths[row])) {
                        System.arraycopy(from, (source + position) * width,
                                to, (target + layout.slot(position)) * width, width);
                    }
                }
            }
        }
        return Nd4j.createFromArray(to).reshape('c', lengths.length, heads, layout.slots(), width);
    }
}
