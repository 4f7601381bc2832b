package org.xlstm4j.distill.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class LossGraphTest {
    private final SameDiff sd = SameDiff.create();
    private final SDVariable x = sd.placeHolder("x", DataType.DOUBLE, -1, 3);
    private final SDVariable weight = sd.var("weight",
            Nd4j.createFromArray(new double[][] {{0.5, -1}, {2, 0.25}, {-0.75, 1}}));
    private final SDVariable bias = sd.var("bias", Nd4j.createFromArray(0.1, -0.2));
    private final SDVariable hidden = sd.math.tanh(x.mmul(weight).add(bias));

    private static Map<String, INDArray> feed(int rows) {
        return Map.of("x", Nd4j.linspace(-1, 1, 3L * rows, DataType.DOUBLE).reshape(rows, 3));
    }

    @Test
    void gradientsEqualSameDiffs() {
        var loss = hidden.mul(hidden).sum();
        var graph = new LossGraph(loss, List.of("bias", "weight"), hidden);
        for (int rows : new int[] {2, 5}) {
            var result = graph.run(feed(rows));
            var expected = sd.calculateGradients(feed(rows), "weight", "bias");
            assertThat(result.gradients().keySet()).containsExactly("bias", "weight");
            expected.forEach((name, gradient) -> assertThat(result.gradients().get(name).dup('c').data().asDouble())
                    .containsExactly(gradient.dup('c').data().asDouble(), within(1e-12)));
            assertThat(result.loss()).isEqualTo(sd.output(feed(rows), loss.name()).get(loss.name()).getDouble(0));
            assertThat(result.values()).containsKey(hidden.name());
        }
    }

    @Test
    void seesTheParametersChange() {
        var graph = new LossGraph(hidden.sum(), List.of("weight"));
        double before = graph.run(feed(2)).loss();
        sd.getVariable("bias").getArr().addi(1);
        assertThat(graph.run(feed(2)).loss()).isGreaterThan(before);
    }

    @Test
    void refusesAParameterThatTheLossDoesNotDependOn() {
        sd.var("unused", Nd4j.createFromArray(1.0));
        assertThatThrownBy(() -> new LossGraph(hidden.sum(), List.of("weight", "unused")))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("unused");
    }

    @Test
    void printsNothing() {
        var out = System.out;
        var printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed));
        try {
            new LossGraph(hidden.sum(), List.of("weight"));
        } finally {
            System.setOut(out);
        }
        assertThat(printed.size()).isZero();
    }
}
