package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.embedding.Embedding;
import org.xlstm4j.ops.hybrid.HybridParameters;
import org.xlstm4j.ops.hybrid.HybridSpec;
import org.xlstm4j.ops.linear.Linear;
import org.xlstm4j.ops.linear.SwiGlu;
import org.xlstm4j.ops.norm.RmsNorm;
import org.xlstm4j.ops.rope.Rope;

/**
 * The decoder stack of Llama-like models as a graph: embedding, then per layer norm, projections, RoPE, mixer, output
 * projection, norm and MLP, then norm and head. The residual stream is rows of tokens, [batch · time, hiddenSize].
 */
final class Decoder {
    private final ModelConfig config;
    private final GraphParameters parameters;
    private final int time;
    private final Rope.Tables tables;

    /**
     * @param time      length of the time axis
     * @param positions [batch, time], floating point
     */
    Decoder(ModelConfig config, GraphParameters parameters, int time, SDVariable positions) {
        this.config = config;
        this.parameters = parameters;
        this.time = time;
        this.tables = Rope.tables(config.rope(), positions, time);
    }

    /**
     * What the stack computes.
     *
     * @param hidden what enters each layer, then the final norm's output: layers + 1 times [batch · time, hiddenSize]
     * @param normed each layer's normed input, [batch · time, hiddenSize]
     * @param mixed  each layer's mixer output before the output projection, [batch · time, heads · headDim]
     * @param logits [batch · time, vocabSize]
     */
    record Outputs(List<SDVariable> hidden, List<SDVariable> normed, List<SDVariable> mixed, SDVariable logits) {
    }

    /** The whole stack over the given ids, [batch · time]. */
    Outputs run(SDVariable ids, Mixer mixer) {
        var hidden = new ArrayList<SDVariable>();
        var normed = new ArrayList<SDVariable>();
        var mixed = new ArrayList<SDVariable>();
        var x = Embedding.lookup(parameters.get(ParameterNames.EMBEDDING), ids, config.vocabSize());
        for (int layer = 0; layer < config.layers(); layer++) {
            var names = ParameterNames.layer(layer);
            hidden.add(x);
            var input = norm(x, names.inputNorm());
            var attention = mix(layer, input, mixer);
            normed.add(input);
            mixed.add(attention);
            x = x.add(Linear.apply(attention, parameters.get(names.output())));
            x = x.add(SwiGlu.apply(norm(x, names.postAttentionNorm()), parameters.get(names.gateProjection()),
                    parameters.get(names.upProjection()), parameters.get(names.downProjection())));
        }
        x = norm(x, ParameterNames.FINAL_NORM);
        hidden.add(x);
        return new Outputs(hidden, normed, mixed, Linear.apply(x, parameters.head()));
    }

    /** One layer's mixer on its normed input: [batch · time, heads · headDim], before the output projection. */
    SDVariable mix(int layer, SDVariable normed, Mixer mixer) {
        var names = ParameterNames.layer(layer);
        int heads = config.heads();
        int keyValueHeads = config.keyValueHeads();
        var query = heads(Linear.apply(normed, parameters.get(names.query())), heads);
        var key = heads(Linear.apply(normed, parameters.get(names.key())), keyValueHeads);
        var value = heads(Linear.apply(normed, parameters.get(names.value())), keyValueHeads);
        return mixer.mix(new Mixer.Inputs(layer, normed, Rope.apply(config.rope(), query, tables, heads, time),
                        Rope.apply(config.rope(), key, tables, keyValueHeads, time), value))
                .permute(0, 2, 1, 3)
                .reshape(-1, (long) heads * config.headDim());
    }

    private SDVariable heads(SDVariable rows, int heads) {
        return rows.reshape(-1, time, heads, config.headDim()).permute(0, 2, 1, 3);
    }

    private SDVariable norm(SDVariable x, String weight) {
        return RmsNorm.apply(x, parameters.get(weight), config.normEps());
    }

    /** The student's mixer of this architecture over {@code time} steps. */
    static HybridSpec hybridSpec(ModelConfig config, int time) {
        var hybrid = config.hybrid().orElseThrow();
        return new HybridSpec(config.heads(), config.keyValueHeads(), time, config.headDim(), hybrid.window(),
                hybrid.sinks(), hybrid.chunkSize());
    }

    /** The mixer parameters of a student's layer. */
    static HybridParameters hybridParameters(GraphParameters parameters, int layer) {
        var names = ParameterNames.layer(layer);
        return new HybridParameters(parameters.get(names.queryFeatures()), parameters.get(names.keyFeatures()),
                parameters.get(names.inputGateWeight()), parameters.get(names.inputGateBias()),
                parameters.get(names.forgetGateWeight()), parameters.get(names.forgetGateBias()),
                parameters.get(names.outputGateWeight()), parameters.get(names.outputGateBias()));
    }
}
