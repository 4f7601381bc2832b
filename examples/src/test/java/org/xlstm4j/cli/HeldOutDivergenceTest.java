package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.ops.rope.RopeSpec;

class HeldOutDivergenceTest {
    private static final int VOCAB = 7;

    private static CausalLm model(long seed) {
        return CausalLm.random(new ModelConfig("llama", VOCAB, 12, 20, 1, 2, 2, 6, 64, 1e-5, RopeSpec.of(6, 10_000),
                true, Optional.empty()), 0.7, seed);
    }

    /** Two rows, of which five predictions count. */
    private static PackedBatch batch() {
        return new PackedBatch(2, 4, new int[] {1, 2, 3, 4, 5, 6, 0, 0}, new int[] {0, 1, 2, 3, 0, 1, 0, 0},
                new int[] {1, 1, 1, 1, 1, 1, 0, 0}, new int[] {2, 3, 4, 5, 6, 1, 0, 0},
                new float[] {1, 1, 1, 0, 1, 1, 0, 0});
    }

    private static double[] probabilities(CausalLm model, int token) {
        var graph = LmGraph.of(model, 4, name -> false);
        var logits = graph.output(batch().tokenBatch(), List.of(graph.logits())).get(graph.logits().name());
        var probabilities = new double[VOCAB];
        double sum = 0;
        for (int id = 0; id < VOCAB; id++) {
            probabilities[id] = Math.exp(logits.getDouble(token, id));
            sum += probabilities[id];
        }
        for (int id = 0; id < VOCAB; id++) {
            probabilities[id] /= sum;
        }
        return probabilities;
    }

    @Test
    void lossesAreMeansOverTheTokensThatCount() {
        double crossEntropy = 0;
        double kl = 0;
        for (int token : new int[] {0, 1, 2, 4, 5}) {
            var p = probabilities(model(1), token);
            var q = probabilities(model(2), token);
            crossEntropy -= Math.log(q[batch().targets()[token]]) / 5;
            for (int id = 0; id < VOCAB; id++) {
                kl += p[id] * Math.log(p[id] / q[id]) / 5;
            }
        }
        var losses = new HeldOutDivergence(model(1), List.of(batch())).of(model(2));
        assertThat(losses.crossEntropy()).isCloseTo(crossEntropy, within(1e-5));
        assertThat(losses.kl()).isCloseTo(kl, within(1e-5)).isGreaterThan(1e-3);
    }

    @Test
    void theTeacherIsNoWayFromItself() {
        assertThat(new HeldOutDivergence(model(1), List.of(batch(), batch())).of(model(1)).kl()).isZero();
    }
}
