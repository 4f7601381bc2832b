package org.xlstm4j.distill.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.distill.align.Alignment;
import org.xlstm4j.distill.align.AlignmentOptions;
import org.xlstm4j.distill.testing.TinyTraining;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.HybridConfig.Memory;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.loss.HeadLoss;

/** Training of students that lack a window, sinks or the memory's gates. */
class StudentVariantsTest {
    private static final int TIME = 13;
    private static final int VOCAB = 23;

    static Stream<HybridConfig> variants() {
        return Stream.of(new HybridConfig(Memory.LINEAR, 0, 0, 4), new HybridConfig(Memory.MLSTM, 0, 0, 4),
                new HybridConfig(Memory.MLSTM, 3, 0, 4), new HybridConfig(Memory.LINEAR, 3, 1, 4));
    }

    private static LossGraph.Result run(CausalLm model, DataType activations) {
        return graph(model, activations).run(LmGraph.feed(batch()));
    }

    private static LossGraph graph(CausalLm model, DataType activations) {
        var lm = LmGraph.of(model, TIME, name -> true, activations);
        var targets = lm.sameDiff().getVariable(LmGraph.IDS).reshape(-1);
        var loss = HeadLoss.crossEntropy(lm.last(), lm.head(), targets).mean();
        return new LossGraph(loss, List.copyOf(model.parameters().keySet()));
    }

    /** Two rows, the second of two documents. */
    private static TokenBatch batch() {
        var positions = new int[2 * TIME];
        var segments = new int[2 * TIME];
        Arrays.setAll(segments, i -> i < TIME + 5 ? 1 : 2);
        Arrays.setAll(positions, i -> i < TIME + 5 ? i % TIME : i - TIME - 5);
        return new TokenBatch(2, TIME, new Random(2).ints(2 * TIME, 0, VOCAB).toArray(), positions, segments);
    }

    private static CausalLm random(HybridConfig hybrid) {
        return CausalLm.random(TinyTraining.config().withHybrid(hybrid), 0.5, 3);
    }

    @ParameterizedTest
    @MethodSource("variants")
    void fusedGradientsAreThoseOfStockOps(HybridConfig hybrid) {
        var fused = run(random(hybrid), DataType.FLOAT);
        var composed = Form.with(Form.COMPOSED, () -> run(random(hybrid), DataType.FLOAT));
        assertThat(fused.gradients().keySet()).isEqualTo(random(hybrid).parameters().keySet());
        fused.gradients().forEach((name, gradient) -> {
            var other = composed.gradients().get(name);
            assertThat(norm(gradient.sub(other))).as(name).isLessThan(1e-4 * norm(other) + 1e-6);
            if (!name.endsWith("input_gate.bias")) {
                // That bias scales the memory and its normaliser alike and cancels out.
                assertThat(norm(gradient)).as(name).isGreaterThan(1e-6);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("variants")
    void gradientsStayTheSameWhereArraysAreUsedAgain(HybridConfig hybrid) {
        var model = random(hybrid);
        var graph = graph(model, DataType.FLOAT);
        var first = new LinkedHashMap<String, INDArray>();
        var result = graph.run(LmGraph.feed(batch()));
        result.gradients().forEach((name, gradient) -> first.put(name, gradient.dup()));
        for (int step = 0; step < 5; step++) {
            graph.recycle(result);
            result = graph.run(LmGraph.feed(batch()));
            result.gradients().forEach((name, gradient) -> assertThat(gradient).as(name).isEqualTo(first.get(name)));
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void activationsMayBeShort(HybridConfig hybrid) {
        var exact = run(random(hybrid), DataType.FLOAT);
        for (var type : List.of(DataType.BFLOAT16, DataType.HALF)) {
            var rounded = run(random(hybrid), type);
            assertThat(Math.abs(rounded.loss() - exact.loss())).as("%s", type).isLessThan(0.02 * exact.loss());
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void aligningBringsEveryLayerNearerAndChangesMixersAlone(HybridConfig hybrid) {
        var student = StudentStart.from(TinyTraining.teacher(), hybrid);
        var start = TinyTraining.elements(student);
        var alignment = new Alignment(TinyTraining.teacher(), student, TinyTraining.TIME);
        var data = TinyTraining.data(5).epoch(0);
        var before = alignment.relativeErrors(data);
        var batches = Stream.iterate(0, epoch -> epoch + 1).flatMap(epoch -> {
            var batch = TinyTraining.data(5).epoch(epoch);
            return Stream.iterate(0, i -> i + 1).limit(batch.size()).map(batch::batch);
        }).iterator();
        alignment.train(AlignmentOptions.of(20, 0.02), batches, step -> { });
        var after = alignment.relativeErrors(data);
        for (int layer = 0; layer < before.size(); layer++) {
            assertThat(after.get(layer)).as("layer %d", layer).isLessThan(0.97 * before.get(layer));
        }
        TinyTraining.elements(student).forEach((name, elements) -> {
            if (!name.endsWith("input_gate.bias")) {
                assertThat(elements.equals(start.get(name))).as(name).isEqualTo(!ParameterNames.isMixer(name));
            }
        });
    }

    private static double norm(INDArray array) {
        return array.norm2Number().doubleValue();
    }
}
