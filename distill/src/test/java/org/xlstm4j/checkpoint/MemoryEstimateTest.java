package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.distill.train.LossGraph;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.graph.FixedRun;
import org.xlstm4j.ops.loss.HeadLoss;
import org.xlstm4j.ops.loss.LossSum;
import org.xlstm4j.ops.rope.RopeSpec;

class MemoryEstimateTest {
    private static final int BATCH = 4;
    private static final int TIME = 128;

    private static ModelConfig config(boolean student) {
        return new ModelConfig("llama", 60, 128, 352, 4, 4, 2, 32, 256, 1e-6, RopeSpec.of(32, 10_000), true,
                student ? Optional.of(HybridConfig.of(32, 4)) : Optional.empty());
    }

    @Test
    void parametersAreCounted() {
        var model = CausalLm.random(config(false), 0.1, 1);
        assertThat(MemoryEstimate.of(config(false)).parameters()).isEqualTo(Float.BYTES * model.parameterCount());
        assertThat(MemoryEstimate.of(config(false)).training(0) - MemoryEstimate.of(config(false)).logits())
                .isEqualTo(4L * Float.BYTES * model.parameterCount());
    }

    @Test
    void aStudentsStateDoesNotGrowWithItsContext() {
        // 4 layers of keys and values of 2 heads of 32: 256 positions, or 36 slots and 4 memories of 32 x 33.
        assertThat(MemoryEstimate.of(config(false)).state()).isEqualTo(4 * 4 * 256 * 2 * 64);
        assertThat(MemoryEstimate.of(config(true)).state()).isEqualTo(4 * 4 * (36 * 2 * 64 + 4 * 32 * 33));
        assertThat(MemoryEstimate.of(config(true)).inference(3)).isEqualTo(
                MemoryEstimate.of(config(true)).parameters() + 3 * MemoryEstimate.of(config(true)).state());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void activationsAreThoseOfAStep(boolean student) {
        var model = CausalLm.random(config(student), 0.1, 1);
        var lm = LmGraph.of(model, TIME, name -> true);
        var sd = lm.sameDiff();
        var losses = HeadLoss.crossEntropy(lm.last(), lm.head(), sd.getVariable(LmGraph.IDS).reshape(-1));
        new LossGraph(LossSum.of(List.of(new LossSum.Part(losses, 1)), sd.constant(Nd4j.ones(BATCH * TIME, 1))),
                List.copyOf(model.parameters().keySet()));
        var outputs = model.parameters().keySet().stream().map(name -> sd.getVariable(name).getGradient().name())
                .toList();
        var positions = new int[BATCH * TIME];
        Arrays.setAll(positions, i -> i % TIME);
        var segments = new int[BATCH * TIME];
        Arrays.fill(segments, 1);
        var feed = LmGraph.feed(new TokenBatch(BATCH, TIME, positions.clone(), positions, segments));
        try (var run = FixedRun.of(sd.getFunction("grad"), new HashMap<>(feed), outputs, FixedRun.Feedback.NONE)
                .orElseThrow()) {
            var memories = new HashSet<Long>();
            long gradients = Float.BYTES * model.parameterCount();
            long step = run.written().stream().filter(array -> memories.add(array.data().address()))
                    .mapToLong(INDArray::length).sum() * Float.BYTES - gradients;
            assertThat((double) MemoryEstimate.of(config(student)).activations() * BATCH * TIME / step)
                    .isBetween(0.8, 1.25);
        }
    }

    @Test
    void whatDoesNotFitIsRefusedWithNumbers() {
        assertThatThrownBy(() -> NativeMemory.require(1L << 50, "the model")).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("the model takes 1048576.0 GiB").hasMessageContaining("maxphysicalbytes");
        assertThat(NativeMemory.text(1 << 20)).isEqualTo("0.001 GiB");
    }
}
