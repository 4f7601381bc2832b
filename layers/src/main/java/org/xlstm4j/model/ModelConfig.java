package org.xlstm4j.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.xlstm4j.ops.rope.RopeSpec;

/**
 * The architecture of a causal language model: everything that decides its computation but the weights.
 *
 * @param family           family name as in Hugging Face's {@code model_type}, such as {@code llama}
 * @param vocabSize        rows of the embedding
 * @param hiddenSize       width of the residual stream
 * @param intermediateSize width of the SwiGLU MLP
 * @param layers           decoder layers
 * @param heads            query heads
 * @param keyValueHeads    key and value heads; divides {@code heads}
 * @param headDim          width of a head
 * @param maxPositions     longest context the model was made for, in tokens
 * @param normEps          epsilon of every RMSNorm
 * @param rope             rotary position embedding, that of layers without a sliding window
 * @param tiedHead         whether the language-model head is the embedding
 * @param traits           how the layers differ from Llama's
 * @param sliding          the layers that see a window alone, empty where there are none
 * @param hybrid           the student's mixer, empty for a teacher
 */
public record ModelConfig(String family, int vocabSize, int hiddenSize, int intermediateSize, int layers, int heads,
                          int keyValueHeads, int headDim, int maxPositions, double normEps, RopeSpec rope,
                          boolean tiedHead, Traits traits, Optional<SlidingLayers> sliding,
                          Optional<HybridConfig> hybrid) {

    public ModelConfig {
        Objects.requireNonNull(family, "family");
        requirePositive("vocabSize", vocabSize);
        requirePositive("hiddenSize", hiddenSize);
        requirePositive("intermediateSize", intermediateSize);
        requirePositive("layers", layers);
        requirePositive("heads", heads);
        requirePositive("keyValueHeads", keyValueHeads);
        requirePositive("headDim", headDim);
        requirePositive("maxPositions", maxPositions);
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    "heads (" + heads + ") must be a multiple of keyValueHeads (" + keyValueHeads + ")");
        }
        if (!(normEps > 0)) {
            throw new IllegalArgumentException("normEps must be positive, was " + normEps);
        }
        requireWhole(rope, headDim);
        Objects.requireNonNull(traits, "traits");
        sliding.ifPresent(windows -> {
            requireWhole(windows.rope(), headDim);
            if (windows.layers().get(windows.layers().size() - 1) >= layers) {
                throw new IllegalArgumentException(
                        "sliding layers " + windows.layers() + " go beyond the model's " + layers);
            }
        });
        Objects.requireNonNull(hybrid, "hybrid");
    }

    /** An architecture with Llama's layers, all of which see everything before them. */
    public ModelConfig(String family, int vocabSize, int hiddenSize, int intermediateSize, int layers, int heads,
                       int keyValueHeads, int headDim, int maxPositions, double normEps, RopeSpec rope,
                       boolean tiedHead, Optional<HybridConfig> hybrid) {
        this(family, vocabSize, hiddenSize, intermediateSize, layers, heads, keyValueHeads, headDim, maxPositions,
                normEps, rope, tiedHead, Traits.LLAMA, Optional.empty(), hybrid);
    }

    private static void requireWhole(RopeSpec rope, int headDim) {
        if (rope.headDim() != headDim) {
            throw new IllegalArgumentException("RoPE rotates " + rope.headDim() + " of a head of " + headDim);
        }
    }

    private static void requirePositive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be positive, was " + value);
        }
    }

    /** The same architecture with the given student mixer in every layer. */
    public ModelConfig withHybrid(HybridConfig mixer) {
        return withHybrid(Optional.of(mixer));
    }

    /** The same architecture with softmax attention in every layer. */
    public ModelConfig teacher() {
        return withHybrid(Optional.empty());
    }

    private ModelConfig withHybrid(Optional<HybridConfig> mixer) {
        return new ModelConfig(family, vocabSize, hiddenSize, intermediateSize, layers, heads, keyValueHeads, headDim,
                maxPositions, normEps, rope, tiedHead, traits, sliding, mixer);
    }

    /** The rotary position embedding of a layer. */
    public RopeSpec rope(int layer) {
        return isSliding(layer) ? sliding.orElseThrow().rope() : rope;
    }

    /** How many tokens a query of a teacher's layer sees back, itself included; empty where it sees all. */
    public OptionalInt window(int layer) {
        return isSliding(layer) ? OptionalInt.of(sliding.orElseThrow().window()) : OptionalInt.empty();
    }

    private boolean isSliding(int layer) {
        return sliding.isPresent() && sliding.get().layers().contains(layer);
    }

    /** Whether the layers mix with a memory and a sliding window, or with what {@link HybridConfig} left of them. */
    public boolean isStudent() {
        return hybrid.isPresent();
    }

    /** Name and shape of every parameter, in the order of the computation; weights of products are [out, in]. */
    public Map<String, long[]> parameterShapes() {
        var shapes = new LinkedHashMap<String, long[]>();
        shapes.put(ParameterNames.EMBEDDING, new long[] {vocabSize, hiddenSize});
        for (int layer = 0; layer < layers; layer++) {
            layerShapes(ParameterNames.layer(layer), shapes);
        }
        shapes.put(ParameterNames.FINAL_NORM, new long[] {hiddenSize});
        if (!tiedHead) {
            shapes.put(ParameterNames.HEAD, new long[] {vocabSize, hiddenSize});
        }
        return Collections.unmodifiableMap(shapes);
    }

    private void layerShapes(ParameterNames names, Map<String, long[]> shapes) {
        long queryWidth = (long) heads * headDim;
        long keyValueWidth = (long) keyValueHeads * headDim;
        if (traits.norms() == Traits.Norms.BEFORE) {
            shapes.put(names.inputNorm(), new long[] {hiddenSize});
        }
        shapes.put(names.query(), new long[] {queryWidth, hiddenSize});
        shapes.put(names.key(), new long[] {keyValueWidth, hiddenSize});
        shapes.put(names.value(), new long[] {keyValueWidth, hiddenSize});
        if (traits.biases() != Traits.Biases.NONE) {
            shapes.put(names.queryBias(), new long[] {queryWidth});
            shapes.put(names.keyBias(), new long[] {keyValueWidth});
            shapes.put(names.valueBias(), new long[] {keyValueWidth});
        }
        if (traits.queryKeyNorm() != Traits.QueryKeyNorm.NONE) {
            boolean perHead = traits.queryKeyNorm() == Traits.QueryKeyNorm.PER_HEAD;
            shapes.put(names.queryNorm(), new long[] {perHead ? headDim : queryWidth});
            shapes.put(names.keyNorm(), new long[] {perHead ? headDim : keyValueWidth});
        }
        shapes.put(names.output(), new long[] {hiddenSize, queryWidth});
        if (traits.biases() == Traits.Biases.ALL) {
            shapes.put(names.outputBias(), new long[] {hiddenSize});
        }
        hybrid.ifPresent(mixer -> mixerShapes(mixer, names, shapes));
        shapes.put(names.postAttentionNorm(), new long[] {hiddenSize});
        shapes.put(names.gateProjection(), new long[] {intermediateSize, hiddenSize});
        shapes.put(names.upProjection(), new long[] {intermediateSize, hiddenSize});
        shapes.put(names.downProjection(), new long[] {hiddenSize, intermediateSize});
        if (traits.norms() == Traits.Norms.AFTER) {
            shapes.put(names.postFeedforwardNorm(), new long[] {hiddenSize});
        }
    }

    private void mixerShapes(HybridConfig mixer, ParameterNames names, Map<String, long[]> shapes) {
        shapes.put(names.queryFeatures(), new long[] {heads, headDim, headDim});
        shapes.put(names.keyFeatures(), new long[] {heads, headDim, headDim});
        if (mixer.isGated()) {
            shapes.put(names.inputGateWeight(), new long[] {heads, hiddenSize});
            shapes.put(names.inputGateBias(), new long[] {heads});
            shapes.put(names.forgetGateWeight(), new long[] {heads, hiddenSize});
            shapes.put(names.forgetGateBias(), new long[] {heads});
        }
        if (mixer.hasWindow()) {
            shapes.put(names.outputGateWeight(), new long[] {heads, 3L * headDim});
            shapes.put(names.outputGateBias(), new long[] {heads});
        }
    }
}
