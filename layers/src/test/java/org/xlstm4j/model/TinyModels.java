package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.nd4j.linalg.api.ndarray.INDArray;
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
        return CausalLm.random(config().withHybrid(new HybridConfig(WINDOW, SINKS, CHUNK)), 0.5, 2);
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
