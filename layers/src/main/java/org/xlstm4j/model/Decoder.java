package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.attention.AttentionSpec;
import org.xlstm4j.ops.embedding.Embedding;
import org.xlstm4j.ops.hybrid.HybridParameters;
import org.xlstm4j.ops.hybrid.HybridSpec;
import org.xlstm4j.ops.hybrid.MixerGate;
import org.xlstm4j.ops.linear.Linear;
import org.xlstm4j.ops.linear.SwiGlu;
import org.xlstm4j.ops.norm.NormedSum;
import org.xlstm4j.ops.norm.RmsNorm;
import org.xlstm4j.ops.rope.Rope;
import org.xlstm4j.ops.rope.RopeSpec;

/**
 * The decoder stack of Llama-like models as a graph: embedding, then per layer projections, RoPE, mixer, output
 * projection and MLP, with norms where {@link Traits} has them, then norm and head. The residual stream is rows of
 * tokens, [batch · time, hiddenSize].
 */
final class Decoder {
    private final ModelConfig config;
    private final GraphParameters parameters;
    private final SDVariable positions;
    private final DataType activations;
    private final Map<RopeSpec, Rope.Tables> tables = new HashMap<>();

    /** @param positions [batch, time], floating point */
    Decoder(ModelConfig config, GraphParameters parameters, SDVariable positions) {
        this(config, parameters, positions, DataType.FLOAT);
    }

    /** @param activations the type of what stands between parameters, which are float32 */
    Decoder(ModelConfig config, GraphParameters parameters, SDVariable positions, DataType activations) {
        this.config = config;
        this.parameters = parameters;
        this.positions = positions;
        this.activations = activations;
    }

    /**
     * What the stack computes.
     *
     * @param hidden what enters each layer, then the final norm's output: layers + 1 times [batch · time, hiddenSize]
     * @param normed what each layer's projections read, [batch · time, hiddenSize]
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
        var x = embed(ids);
        for (int layer = 0; layer < config.layers(); layer++) {
            hidden.add(x.sum());
            normed.add(x.normed());
            var output = layer(layer, x, mixer);
            mixed.add(output.mixed());
            x = output.next();
        }
        hidden.add(last(x));
        return new Outputs(hidden, normed, mixed);
    }

    /** What enters the first layer. */
    NormedSum embed(SDVariable ids) {
        var embedded = Embedding.lookup(parameters.get(ParameterNames.EMBEDDING), ids, config.vocabSize(),
                activations);
        return isNormedBefore() ? new NormedSum(embedded, normalize(embedded, normBefore(0)))
                : new NormedSum(embedded, embedded);
    }

    /**
     * What a layer computes.
     *
     * @param mixed the mixer's output before the output projection
     * @param next  what enters the next layer, or {@link #last}
     */
    record LayerOutput(SDVariable mixed, NormedSum next) {
    }

    /** One layer. */
    LayerOutput layer(int layer, NormedSum in, Mixer mixer) {
        var names = ParameterNames.layer(layer);
        var attention = mix(layer, in.normed(), mixer);
        var x = add(in, output(names, attention), names.postAttentionNorm(), names.postAttentionNorm());
        return new LayerOutput(attention,
                add(x, mlp(layer, x.normed()), names.postFeedforwardNorm(), normBefore(layer + 1)));
    }

    /** The final norm's output, of what leaves the last layer. */
    SDVariable last(NormedSum x) {
        return isNormedBefore() ? x.normed() : normalize(x.sum(), ParameterNames.FINAL_NORM);
    }

    /** One layer's mixer on its normed input: [batch · time, heads · headDim], before the output projection. */
    SDVariable mix(int layer, SDVariable normed, Mixer mixer) {
        var names = ParameterNames.layer(layer);
        var projected = Linear.apply(normed, all(names.query(), names.key(), names.value()),
                config.traits().biases() == Traits.Biases.NONE ? List.of()
                        : all(names.queryBias(), names.keyBias(), names.valueBias()));
        var query = headNorm(projected.get(0), names.queryNorm(), config.heads());
        var key = headNorm(projected.get(1), names.keyNorm(), config.keyValueHeads());
        var rope = config.rope(layer);
        var turns = tables.computeIfAbsent(rope, spec -> Rope.tables(spec, positions));
        var rotated = Rope.apply(rope, query, key, turns, config.heads(), config.keyValueHeads());
        return mixer.mix(new Mixer.Inputs(layer, normed, rotated.query(), rotated.key(), projected.get(2)));
    }

    private List<SDVariable> all(String... names) {
        return Arrays.stream(names).map(parameters::get).toList();
    }

    private SDVariable headNorm(SDVariable x, String weight, int heads) {
        return switch (config.traits().queryKeyNorm()) {
            case NONE -> x;
            case PER_HEAD -> RmsNorm.perHead(x, parameters.get(weight), heads, config.normEps());
            case WHOLE -> normalize(x, weight);
        };
    }

    private SDVariable output(ParameterNames names, SDVariable attention) {
        var weight = parameters.get(names.output());
        return config.traits().biases() == Traits.Biases.ALL
                ? Linear.apply(attention, weight, parameters.get(names.outputBias())) : Linear.apply(attention, weight);
    }

    private SDVariable mlp(int layer, SDVariable normed) {
        var names = ParameterNames.layer(layer);
        return SwiGlu.apply(normed, parameters.get(names.gateProjection()), parameters.get(names.upProjection()),
                parameters.get(names.downProjection()));
    }

    /**
     * The stream with an update, and what is read of it next.
     *
     * @param after  norm of the update, where norms stand after
     * @param before norm of what is read next, where norms stand before
     */
    private NormedSum add(NormedSum x, SDVariable update, String after, String before) {
        if (isNormedBefore()) {
            return RmsNorm.addAndNormalize(x.sum(), update, parameters.get(before), config.normEps());
        }
        var sum = RmsNorm.normalizeAndAdd(x.sum(), update, parameters.get(after), config.normEps());
        return new NormedSum(sum, sum);
    }

    private boolean isNormedBefore() {
        return config.traits().norms() == Traits.Norms.BEFORE;
    }

    private SDVariable normalize(SDVariable x, String weight) {
        return RmsNorm.apply(x, parameters.get(weight), config.normEps());
    }

    /** The norm that a layer reads through, the final norm after the last layer. */
    private String normBefore(int layer) {
        return layer < config.layers() ? ParameterNames.layer(layer).inputNorm() : ParameterNames.FINAL_NORM;
    }

    /** A teacher's attention in a layer over {@code time} steps. */
    static AttentionSpec attentionSpec(ModelConfig config, int layer, int time) {
        var window = config.window(layer);
        return window.isEmpty() ? AttentionSpec.causal(config.heads(), config.keyValueHeads(), time, config.headDim())
                : AttentionSpec.window(config.heads(), config.keyValueHeads(), time, config.headDim(),
                        window.getAsInt(), 0);
    }

    /** The student's mixer of this architecture over {@code time} steps. */
    static HybridSpec hybridSpec(ModelConfig config, int time) {
        var hybrid = config.hybrid().orElseThrow();
        return new HybridSpec(config.heads(), config.keyValueHeads(), time, config.headDim(),
                hybrid.keptWindow(), hybrid.sinks(), hybrid.chunkSize());
    }

    /** The mixer parameters of a student's layer; gates that its configuration leaves out stand open. */
    static HybridParameters hybridParameters(ModelConfig config, GraphParameters parameters, int layer) {
        var names = ParameterNames.layer(layer);
        var hybrid = config.hybrid().orElseThrow();
        var features = parameters.get(names.queryFeatures());
        int heads = config.heads();
        var input = hybrid.isGated() ? gate(parameters, names.inputGateWeight(), names.inputGateBias())
                : MixerGate.openExponential(features, heads, config.hiddenSize());
        var forget = hybrid.isGated() ? gate(parameters, names.forgetGateWeight(), names.forgetGateBias())
                : MixerGate.openSigmoid(features, heads, config.hiddenSize());
        var output = hybrid.hasWindow() ? gate(parameters, names.outputGateWeight(), names.outputGateBias())
                : MixerGate.openSigmoid(features, heads, 3 * config.headDim());
        return new HybridParameters(features, parameters.get(names.keyFeatures()), input, forget, output);
    }

    private static MixerGate gate(GraphParameters parameters, String weight, String bias) {
        return new MixerGate(parameters.get(weight), parameters.get(bias));
    }
}
