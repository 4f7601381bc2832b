package org.xlstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.graph.SessionMemory;

class LayersGraphTest {
    private static final int TIME = 13;

    static Stream<CausalLm> models() {
        return Stream.concat(Stream.of(TinyModels.teacher(), TinyModels.student(),
                TinyModels.random(TinyModels.studentOf(TinyModels.olmo3()), 4)),
                TinyModels.families().map(config -> TinyModels.random(config, 3)));
    }

    private static void assertSame(INDArray actual, INDArray expected, String what) {
        assertThat(actual.dup('c').data().asFloat()).as(what).isEqualTo(expected.dup('c').data().asFloat());
    }

    @ParameterizedTest
    @MethodSource("models")
    void oneAfterAnotherEqualTheWholeModelBitByBit(CausalLm model) {
        var batch = TokenBatch.leftPadded(List.of(TinyModels.tokens(9, 1), TinyModels.tokens(TIME, 2)), TIME);
        var whole = LmGraph.of(model, TIME, name -> false);
        var wanted = new ArrayList<>(whole.mixed());
        wanted.addAll(whole.normed());
        wanted.add(whole.last());
        var expected = whole.output(batch, wanted);
        for (int size : new int[] {1, 2, model.config().layers()}) {
            LayersGraph.Stream stream = null;
            var memory = new SessionMemory();
            for (int from = 0; from < model.config().layers(); from += size) {
                int to = Math.min(from + size, model.config().layers());
                var graph = LayersGraph.of(model, from, to, TIME, name -> false);
                var outputs = new ArrayList<>(graph.mixed());
                outputs.addAll(graph.normed());
                outputs.add(graph.out().sum());
                outputs.add(graph.out().normed());
                var values = graph.output(batch, stream, outputs, memory);
                for (int layer = from; layer < to; layer++) {
                    assertSame(from == layer && from > 0 ? stream.normed()
                            : values.get(graph.normed().get(layer - from).name()),
                            expected.get(whole.normed().get(layer).name()), "normed " + layer);
                    assertSame(values.get(graph.mixed().get(layer - from).name()),
                            expected.get(whole.mixed().get(layer).name()), "mixed " + layer);
                }
                stream = new LayersGraph.Stream(values.get(graph.out().sum().name()),
                        values.get(graph.out().normed().name()));
            }
            assertSame(stream.normed(), expected.get(whole.last().name()), "last");
        }
    }

    @Test
    void layersThatAreNotThereAreRefused() {
        for (var range : List.of(List.of(-1, 1), List.of(1, 1), List.of(1, 3))) {
            assertThatIllegalArgumentException().isThrownBy(
                    () -> LayersGraph.of(TinyModels.teacher(), range.get(0), range.get(1), TIME, name -> false))
                    .withMessageContaining("in a model of 2");
        }
    }
}
