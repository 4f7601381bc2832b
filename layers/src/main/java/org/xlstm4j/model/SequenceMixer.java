package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.attention.Attention;
import org.xlstm4j.ops.hybrid.Hybrid;
import org.xlstm4j.ops.hybrid.HybridInputs;
import org.xlstm4j.ops.mlstm.MlstmState;

/** The mixer of every layer over whole sequences: the teacher's causal attention or the student's hybrid. */
final class SequenceMixer implements Mixer {
    private final ModelConfig config;
    private final GraphParameters parameters;
    private final int time;
    private final SDVariable segments;
    private final boolean keepState;
    private final List<SDVariable> gates = new ArrayList<>();
    private final List<LayerState> states = new ArrayList<>();

    /**
     * What decoding a layer goes on from.
     *
     * @param key   [batch · time, keyValueHeads · headDim], after RoPE
     * @param value [batch · time, keyValueHeads · headDim]
     * @param mlstm the student's memory; null for a teacher
     */
    record LayerState(SDVariable key, SDVariable value, MlstmState mlstm) {
    }

    SequenceMixer(ModelConfig config, GraphParameters parameters, int time, SDVariable segments, boolean keepState) {
        this.config = config;
        this.parameters = parameters;
        this.time = time;
        this.segments = segments;
        this.keepState = keepState;
    }

    @Override
    public SDVariable mix(Inputs in) {
        if (!config.isStudent()) {
            if (keepState) {
                states.add(new LayerState(in.key(), in.value(), null));
            }
            var spec = Decoder.attentionSpec(config, in.layer(), time);
            return Attention.causal(spec, in.query(), in.key(), in.value(), segments);
        }
        var spec = Decoder.hybridSpec(config, time);
        var weights = Decoder.hybridParameters(config, parameters, in.layer());
        var inputs = new HybridInputs(in.normed(), in.query(), in.key(), in.value(), segments);
        if (!keepState) {
            var output = Hybrid.apply(spec, weights, inputs);
            gates.add(output.gate());
            return output.hidden();
        }
        var result = Hybrid.applyWithState(spec, weights, inputs);
        states.add(new LayerState(in.key(), in.value(), result.state()));
        gates.add(result.output().gate());
        return result.output().hidden();
    }

    /** The student's output gates so far, a layer each, [batch, heads, time]. */
    List<SDVariable> gates() {
        return gates;
    }

    /** The layers' states, where they are kept. */
    List<LayerState> states() {
        return states;
    }
}
