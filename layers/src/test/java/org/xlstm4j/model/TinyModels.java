package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.model.HybridConfig.Memory;
import org.xlstm4j.model.Traits.Biases;
import org.xlstm4j.model.Traits.Norms;
import org.xlstm4j.model.Traits.QueryKeyNorm;
import org.xlstm4j.ops.rope.RopeScaling;
import org.xlstm4j.ops.rope.RopeSpec;

/** Small random models, random tokens and whole passes, to compare with. */
final class TinyModels {
    static final int VOCAB = 29;
    static final int WINDOW = 5;
    static final int SINKS = 2;
    static final int CHUNK = 4;

    private TinyModels() {
    }

    static ModelConfig config() {
        return new ModelConfig("llama", VOCAB, 12, 20, 2, 4, 2, 6, 64, 1e-5, RopeSpec.of(6, 10_000), true,
                Optional.empty());
    }

    static CausalLm teacher() {
        return CausalLm.random(config(), 0.5, 1);
    }

    /** A student whose gates are far from their ends, so that both mixers have a say. */
    static CausalLm student() {
        return CausalLm.random(studentOf(config()), 0.5, 2);
    }

    static ModelConfig studentOf(ModelConfig teacher) {
        return teacher.withHybrid(new HybridConfig(WINDOW, SINKS, CHUNK));
    }

    /** Students that lack parts of the whole one: linear attention, mLSTM, and each beside a window. */
    static Stream<ModelConfig> variants() {
        return Stream.of(new HybridConfig(Memory.LINEAR, 0, 0, CHUNK), new HybridConfig(Memory.MLSTM, 0, 0, CHUNK),
                new HybridConfig(Memory.MLSTM, WINDOW, 0, CHUNK), new HybridConfig(Memory.LINEAR, WINDOW, SINKS, CHUNK))
                .map(config()::withHybrid);
    }

    /** Biases on queries, keys and values, and an untied head. */
    static ModelConfig qwen2() {
        return new ModelConfig("qwen2", VOCAB, 12, 20, 2, 4, 2, 6, 64, 1e-5, RopeSpec.of(6, 10_000), false,
                new Traits(Norms.BEFORE, QueryKeyNorm.NONE, Biases.QUERY_KEY_VALUE), Optional.empty(),
                Optional.empty());
    }

    /** A norm for each head, and biases on all projections of the attention. */
    static ModelConfig qwen3() {
        return new ModelConfig("qwen3", VOCAB, 12, 20, 2, 4, 2, 6, 64, 1e-5, RopeSpec.of(6, 10_000), true,
                new Traits(Norms.BEFORE, QueryKeyNorm.PER_HEAD, Biases.ALL), Optional.empty(), Optional.empty());
    }

    /** Norms after, also across heads, and two layers of three with a window and RoPE of their own. */
    static ModelConfig olmo3() {
        var scaled = new RopeSpec(6, 10_000, RopeScaling.Yarn.of(8, 16));
        return new ModelConfig("olmo3", VOCAB, 12, 20, 3, 4, 2, 6, 64, 1e-5, scaled, false,
                new Traits(Norms.AFTER, QueryKeyNorm.WHOLE, Biases.NONE),
                Optional.of(new SlidingLayers(List.of(0, 2), WINDOW, RopeSpec.of(6, 10_000))), Optional.empty());
    }

    /** A window in every layer. */
    static ModelConfig mistral() {
        return new ModelConfig("mistral", VOCAB, 12, 20, 2, 4, 2, 6, 64, 1e-5, RopeSpec.of(6, 10_000), false,
                Traits.LLAMA, Optional.of(new SlidingLayers(List.of(0, 1), WINDOW, RopeSpec.of(6, 10_000))),
                Optional.empty());
    }

    /** Models with all that families have beside Llama's layers. */
    static Stream<ModelConfig> families() {
        return Stream.of(qwen2(), qwen3(), olmo3(), mistral());
    }

    /** A random model whose norms and biases are random, too. */
    static CausalLm random(ModelConfig config, long seed) {
        var model = CausalLm.random(config, 0.5, seed);
        var random = new Random(seed);
        model.parameters().values().stream().filter(array -> array.rank() == 1).forEach(array -> {
            for (int i = 0; i < array.length(); i++) {
                array.putScalar(i, array.getFloat(i) + 0.5f * (float) random.nextGaussian());
            }
        });
        return model;
    }

    static int[] tokens(int length, long seed) {
        return new Random(seed).ints(length, 0, VOCAB).toArray();
    }

    static int[] concat(int[] first, int[] second) {
        var all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /** The logits at every token of one sequence, from a pass over exactly its length. */
    static List<float[]> logits(CausalLm model, int[] sequence) {
        var graph = LmGraph.of(model, sequence.length, name -> false);
        var batch = TokenBatch.leftPadded(List.of(sequence), sequence.length);
        return rows(graph.output(batch, List.of(graph.logits())).get(graph.logits().name()));
    }

    static List<float[]> rows(INDArray matrix) {
        int width = (int) matrix.size(1);
        var flat = matrix.dup('c').data().asFloat();
        var rows = new ArrayList<float[]>();
        for (int from = 0; from < flat.length; from += width) {
            rows.add(Arrays.copyOfRange(flat, from, from + width));
        }
        return rows;
    }

    static int argMax(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            best = logits[id] > logits[best] ? id : best;
        }
        return best;
    }
}
