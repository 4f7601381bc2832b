package org.xlstm4j.layers;

import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.heads.Heads;

/**
 * What a layer's heads mix.
 *
 * @param heads      the layer's heads, on sequences of this length
 * @param x          the layer's input, [minibatch · time, nIn]
 * @param query      [minibatch · time, nHeads · headSize]
 * @param key        [minibatch · time, nHeads · headSize], or less where heads share keys and values
 * @param value      as wide as keys
 * @param parameters by name
 * @param mask       1 where a step is present, 0 where not, [minibatch, time]
 */
record HeadSequence(Heads heads, SDVariable x, SDVariable query, SDVariable key, SDVariable value,
                    Map<String, SDVariable> parameters, SDVariable mask) {

    /** The same with other queries and keys. */
    HeadSequence with(SDVariable queries, SDVariable keys) {
        return new HeadSequence(heads, x, queries, keys, value, parameters, mask);
    }

    SDVariable parameter(String name) {
        return parameters.get(name);
    }
}
