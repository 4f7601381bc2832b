package org.xlstm4j.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What reading a prompt or a token returns.
 *
 * @param logits of the next token, [batch, vocabSize]
 * @param state  from which decoding goes on
 */
record DecodeStep(INDArray logits, DecodeState state) {

    /** Batches as one, in copies whose caches have the given numbers of slots, a layer each. */
    static DecodeStep join(List<DecodeStep> parts, ModelConfig config, int[] slots) {
        var states = parts.stream().map(part -> part.state().withSlots(config, slots)).toList();
        var arrays = new LinkedHashMap<String, INDArray>();
        states.get(0).arrays().keySet().forEach(name -> arrays.put(name,
                concat(states.stream().map(state -> state.arrays().get(name)))));
        return new DecodeStep(concat(parts.stream().map(DecodeStep::logits)), new DecodeState(arrays,
                states.stream().flatMapToInt(state -> Arrays.stream(state.lengths())).toArray()));
    }

    private static INDArray concat(Stream<INDArray> arrays) {
        return Nd4j.concat(0, arrays.toArray(INDArray[]::new));
    }
}
