package org.xlstm4j.distill.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.loss.HeadLoss;
import org.xlstm4j.ops.loss.LossSum;
import org.xlstm4j.ops.rope.RopeSpec;

class FixedFeedTest {
    private static final int TIME = 9;
    private static final int VOCAB_SIZE = 31;

    private final CausalLm model = CausalLm.random(new ModelConfig("llama", VOCAB_SIZE, 12, 20, 2, 2, 1, 8, 64, 1e-6,
            RopeSpec.of(8, 10_000), true, Optional.of(HybridConfig.of(4, 1))), 0.1, 3);
    private final LmGraph lm = LmGraph.of(model, TIME, name -> true);
    private final List<String> parameters = List.copyOf(model.parameters().keySet());

    private LossGraph lossGraph() {
        var weights = lm.sameDiff().placeHolder("weights", DataType.FLOAT, -1, 1);
        var losses = HeadLoss.crossEntropy(lm.last(), lm.head(), lm.sameDiff().getVariable(LmGraph.IDS).reshape(-1));
        return new LossGraph(LossSum.of(List.of(new LossSum.Part(losses, 0.5)), weights), parameters);
    }

    private static Map<String, INDArray> feed(int batch, long seed) {
        var random = new Random(seed);
        var positions = new int[batch * TIME];
        var segments = new int[batch * TIME];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = i % TIME;
            segments[i] = 1;
        }
        var feed = new HashMap<>(LmGraph.feed(new TokenBatch(batch, TIME,
                random.ints(batch * TIME, 0, VOCAB_SIZE).toArray(), positions, segments)));
        feed.put("weights", Nd4j.valueArrayOf(new long[] {(long) batch * TIME, 1}, 0.1, DataType.FLOAT));
        return feed;
    }

    /** All but the first run are, on a GPU, replays. */
    @Test
    void trainingStepEqualsTheSessions() {
        var graph = lossGraph();
        var gradients = lm.sameDiff().getFunction("grad");
        var names = List.copyOf(graph.run(feed(2, 0)).values().keySet());
        try (var fixed = FixedFeed.of(gradients, feed(2, 0), names).orElseThrow()) {
            for (int step = 1; step <= 3; step++) {
                var expected = graph.run(feed(2, step));
                var actual = fixed.run(feed(2, step));
                expected.values().forEach((name, value) -> assertThat(actual.get(name)).as(name).isEqualTo(value));
                expected.gradients().forEach((name, gradient) ->
                        model.parameters().get(name).subi(gradient.mul(0.1)));
            }
        }
    }

    @Test
    void takesFeedsOfItsShapesOnItsThread() throws InterruptedException {
        lossGraph();
        var loss = lm.sameDiff().getLossVariables();
        try (var fixed = FixedFeed.of(lm.sameDiff().getFunction("grad"), feed(2, 0), loss).orElseThrow()) {
            assertThat(fixed.takes(feed(2, 5))).isTrue();
            assertThat(fixed.takes(feed(3, 5))).isFalse();
            assertThat(fixed.takes(Map.of())).isFalse();
            var elsewhere = new boolean[] {true};
            var thread = new Thread(() -> elsewhere[0] = fixed.takes(feed(2, 5)));
            thread.start();
            thread.join();
            assertThat(elsewhere[0]).isFalse();
        }
    }

    @Test
    void isEmptyWhereTheGraphHasOtherOps() {
        var sd = lm.sameDiff();
        var other = sd.math.tanh(lm.last());
        assertThat(FixedFeed.of(sd, feed(1, 0), List.of(other.name()))).isEmpty();
    }
}
