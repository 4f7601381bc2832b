package org.xlstm4j.distill.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.loss.HeadLoss;
import org.xlstm4j.ops.rope.RopeSpec;

/** Training with activations of 16 bits beside parameters in float32. */
class ShortActivationsTest {
    private static final int TIME = 24;
    private static final ModelConfig CONFIG = new ModelConfig("llama", 50, 32, 48, 2, 4, 2, 8, 64, 1e-5,
            RopeSpec.of(8, 10_000), true, Optional.of(new HybridConfig(8, 2, 8)));

    private static LossGraph.Result run(DataType activations) {
        var model = CausalLm.random(CONFIG, 0.2, 1);
        var lm = LmGraph.of(model, TIME, name -> true, activations);
        var targets = lm.sameDiff().getVariable(LmGraph.IDS).reshape(-1);
        var loss = HeadLoss.crossEntropy(lm.last(), lm.head(), targets).mean();
        return new LossGraph(loss, List.copyOf(model.parameters().keySet())).run(LmGraph.feed(batch()));
    }

    private static TokenBatch batch() {
        var positions = new int[2 * TIME];
        var segments = new int[2 * TIME];
        Arrays.setAll(positions, i -> i % TIME);
        Arrays.setAll(segments, i -> i % TIME < 10 ? 1 : 2);
        return new TokenBatch(2, TIME, new Random(2).ints(2 * TIME, 0, 50).toArray(), positions, segments);
    }

    @ParameterizedTest
    @EnumSource(names = {"BFLOAT16", "HALF"})
    void lossAndGradientsAreCloseToThoseOfFloat32(DataType activations) {
        var exact = run(DataType.FLOAT);
        var rounded = run(activations);
        assertThat(rounded.loss()).isCloseTo(exact.loss(), within(0.02 * exact.loss()));
        exact.gradients().forEach((name, gradient) -> {
            var other = rounded.gradients().get(name);
            assertThat(other.dataType()).as(name).isEqualTo(DataType.FLOAT);
            assertThat(distance(other, gradient)).as(name).isLessThan(0.1 * norm(gradient) + 1e-3);
        });
    }

    @Test
    void composedOperatorsAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() ->
                Form.with(Form.COMPOSED, () -> run(DataType.BFLOAT16))).withMessageContaining("BFLOAT16");
    }

    private static double distance(INDArray a, INDArray b) {
        return norm(a.sub(b));
    }

    private static double norm(INDArray a) {
        return a.norm2Number().doubleValue();
    }
}
