package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.embedding.Embedding;
import org.xlstm4j.ops.hybrid.HybridParameters;
import org.xlstm4j.ops.hybrid.HybridSpec;
import org.xlstm4j.ops.linear.Linear;
import org.xlstm4j.ops.linear.SwiGlu;
import org.xlstm4j.ops.norm.NormedSum;
import org.xlstm4j.ops.norm.RmsNorm;
import org.xlstm4j.ops.rope.Rope;

/**
 * The decoder stack of Llama-like models as a graph: embedding, then per layer norm, projections, RoPE, mixer, output
 * projection, norm and MLP, then norm and head. The residual stream is rows of tokens, [batch · time, hiddenSize].
 */
final class Decoder {
    private final ModelConfig config;
    private final GraphParameters parameters;
    private final Rope.Tables tables;
    private final DataType activations;

    /** @param positions [batch, time], floating point */
    Decoder(ModelConfig config, GraphParameters parameters, SDVariable positions) {
        this(config, parameters, positions, DataType.FLOAT);
    }

    /** @param activations the type of what stands between parameters, which are float32 */
    Decoder(ModelConfig config, GraphParameters parameters, SDVariable positions, DataType activations) {
        this.activations = activations;
        this.config = config;
        this.parameters = parameters;
        this.tables = Rope.tables(config.rope(), positions);
    }

    /**
     * What the stack computes.
     *
     * @param hidden what enters each layer, then the final norm's output: layers + 1 times [batch · time, hiddenSize]
     * @param normed each layer's normed input, [batch · time, hiddenSize]
     * @param mixed  each layer's mixer output before the output projection, [batch · time, heads · headDim]
     */
    record Outputs(List<SDVariable> hidden, List<SDVariable> normed, List<SDVariable> mixed) {

        /** What the head reads, [batch · time, hiddenSize]. */
        SDVariable last() {
            return hidden.get(hidden.size() - 1);
        }
    }

    /** The whole stack over the given ids, [batch · time]. */
    Outputs run(SDVariable ids, Mixer mixer) {
        var hidden = new ArrayList<SDVariable>();
        var normed = new ArrayList<SDVariable>();
        var mixed = new ArrayList<SDVariable>();
        var embedded = Embedding.lookup(parameters.get(ParameterNames.EMBEDDING), ids, config.vocabSize(),
                activations);
        var x = new NormedSum(embedded, RmsNorm.apply(embedded, normBefore(0), config.normEps()));
        for (int layer = 0; layer < config.layers(); layer++) {
            var names = ParameterNames.layer(layer);
            hidden.add(x.sum());
            normed.add(x.normed());
            var attention = mix(layer, x.normed(), mixer);
            mixed.add(attention);
            x = add(x, Linear.apply(attention, parameters.get(names.output())),
                    parameters.get(names.postAttentionNorm()));
            x = add(x, mlp(layer, x.normed()), normBefore(layer + 1));
        }
        hidden.add(x.normed());
        return new Outputs(hidden, normed, mixed);
    }

    /** One layer's mixer on its normed input: [batch · time, heads · headDim], before the output projection. */
    SDVariable mix(int layer, SDVariable normed, Mixer mixer) {
        var names = ParameterNames.layer(layer);
        var projected = Linear.apply(normed, List.of(parameters.get(names.query()), parameters.get(names.key()),
                parameters.get(names.value())));
        var rotated = Rope.apply(config.rope(), projected.get(0), projected.get(1), tables, config.heads(),
                config.keyValueHeads());
        return mixer.mix(new Mixer.Inputs(layer, normed, rotated.query(), rotated.key(), projected.get(2)));
    }

    private SDVariable mlp(int layer, SDVariable normed) {
        var names = ParameterNames.layer(layer);
        return SwiGlu.apply(normed, parameters.get(names.gateProjection()), parameters.get(names.upProjection()),
                parameters.get(names.downProjection()));
    }

    private NormedSum add(NormedSum x, SDVariable update, SDVariable normWeight) {
        return RmsNorm.addAndNormalize(x.sum(), update, normWeight, config.normEps());
    }

    /** The weight of the norm that a layer reads through, of the final norm after the last layer. */
    private SDVariable normBefore(int layer) {
        return parameters.get(layer < config.layers()
                ? ParameterNames.layer(layer).inputNorm() : ParameterNames.FINAL_NORM);
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
