package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.linear.Linear;

/** The graph that reads whole prompts at once and hands on the state that decoding starts from. */
final class PrefillGraph {
    private final SameDiff sd = SameDiff.create();
    private final ModelConfig config;
    private final List<SequenceMixer.LayerState> states;
    private final SDVariable lastLogits;

    PrefillGraph(CausalLm model, int time) {
        this.config = model.config();
        var inputs = LmGraph.Placeholders.in(sd, time);
        var parameters = new GraphParameters(sd, model, name -> false);
        var mixer = new SequenceMixer(config, parameters, time, inputs.segments(), true);
        var outputs = new Decoder(config, parameters, inputs.positions()).run(inputs.ids().reshape(-1), mixer);
        var last = sd.slice(outputs.last().reshape(-1, time, config.hiddenSize()),
                new int[] {0, time - 1, 0}, -1, 1, config.hiddenSize());
        this.lastLogits = Linear.apply(last.reshape(-1, config.hiddenSize()), parameters.head());
        this.states = mixer.states();
    }

    /** The logits after the last token, [batch, vocabSize], and the state after it. */
    DecodeStep run(TokenBatch batch, int[] lengths, List<RingBuffer> rings) {
        var wanted = new ArrayList<String>();
        wanted.add(lastLogits.name());
        for (var state : states) {
            wanted.add(state.key().name());
            wanted.add(state.value().name());
            if (config.isStudent()) {
                wanted.add(state.mlstm().memory().name());
                wanted.add(state.mlstm().normalizer().name());
                wanted.add(state.mlstm().max().name());
            }
        }
        PlannedSession.takeOver(sd);
        var values = sd.output(LmGraph.feed(batch), wanted.toArray(String[]::new));
        var arrays = new HashMap<String, INDArray>();
        for (int layer = 0; layer < config.layers(); layer++) {
            collect(values, states.get(layer), DecodeState.Names.of(layer), lengths, rings.get(layer), arrays);
        }
        return new DecodeStep(values.get(lastLogits.name()), new DecodeState(arrays, lengths.clone()));
    }

    private void collect(Map<String, INDArray> values, SequenceMixer.LayerState state, DecodeState.Names names,
                         int[] lengths, RingBuffer ring, Map<String, INDArray> arrays) {
        arrays.put(names.keys(), DecodeState.cache(ring, values.get(state.key().name()), lengths));
        arrays.put(names.values(), DecodeState.cache(ring, values.get(state.value().name()), lengths));
        if (config.isStudent()) {
            arrays.put(names.memory(), values.get(state.mlstm().memory().name()));
            arrays.put(names.normalizer(), values.get(state.mlstm().normalizer().name()));
            arrays.put(names.max(), values.get(state.mlstm().max().name()));
        }
    }
}
