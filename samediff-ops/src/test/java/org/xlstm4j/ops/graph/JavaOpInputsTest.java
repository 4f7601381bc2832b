package org.xlstm4j.ops.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Arrays as they come: parts of others, turned, in another order or of another type. */
class JavaOpInputsTest {
    private static final int ROWS = 4;
    private final INDArray x = PowerGraph.matrix(3, ROWS);
    private final INDArray w = PowerGraph.matrix(4, ROWS);

    private interface Layout extends UnaryOperator<INDArray> {
    }

    /** Ways for the values of a matrix to lie in memory. */
    static Stream<Arguments> layouts() {
        return Stream.of(
                layout("rows of a larger matrix", a -> part(a, 6, 0, 1, a.size(1), 0)),
                layout("columns of a larger matrix", a -> part(a, 0, 3, 1, a.columns() + 5, 3)),
                layout("every other column", JavaOpInputsTest::everyOtherColumn),
                layout("f order", a -> a.dup('f')),
                layout("transposed", a -> a.transpose().dup('c').transpose()),
                layout("permuted from three axes", a -> a.reshape(ROWS, 1, a.size(1)).permute(1, 2, 0).dup('c')
                        .permute(2, 0, 1).reshape(ROWS, a.size(1))),
                layout("a slice of three axes", a -> Nd4j.stack(0, a.mul(0), a).get(NDArrayIndex.point(1),
                        NDArrayIndex.all(), NDArrayIndex.all())));
    }

    private static Arguments layout(String name, Layout layout) {
        return Arguments.of(name, layout);
    }

    private static INDArray part(INDArray a, int row, int column, int below, long width, int left) {
        var whole = Nd4j.valueArrayOf(new long[] {row + a.size(0) + below, Math.max(width, left + a.size(1))}, 99f);
        var part = whole.get(NDArrayIndex.interval(row, row + a.size(0)),
                NDArrayIndex.interval(column, column + a.size(1)));
        part.assign(a);
        return part;
    }

    private static INDArray everyOtherColumn(INDArray a) {
        var whole = Nd4j.valueArrayOf(new long[] {a.size(0), 2 * a.size(1)}, 99f);
        var part = whole.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 2, 2 * a.size(1)));
        part.assign(a);
        return part;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layouts")
    void inputsMayLieAnyhow(String name, UnaryOperator<INDArray> layout) {
        var outputs = Nd4j.exec(new PowerOp(layout.apply(x), layout.apply(w), PowerGraph.EXPONENT,
                PowerGraph.FACTOR));
        assertClose(Map.of("power", outputs[0], "product", outputs[1]), PowerGraph.expectedOutputs(x, w), 1e-6, name);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layouts")
    void outputsMayLieAnyhow(String name, UnaryOperator<INDArray> layout) {
        var power = layout.apply(x.mul(0));
        var product = layout.apply(x.mul(0));
        var op = new PowerOp(x, w, PowerGraph.EXPONENT, PowerGraph.FACTOR);
        op.addOutputArgument(power, product);
        Nd4j.exec(op);
        assertClose(Map.of("power", power, "product", product), PowerGraph.expectedOutputs(x, w), 1e-6, name);
    }

    @Test
    void whatLiesBesideAnOutputStays() {
        var whole = Nd4j.valueArrayOf(new long[] {ROWS + 2, x.size(1) + 2}, 7f);
        var inner = whole.get(NDArrayIndex.interval(1, ROWS + 1), NDArrayIndex.interval(1, x.size(1) + 1));
        var op = new PowerOp(x, w, PowerGraph.EXPONENT, PowerGraph.FACTOR);
        op.addOutputArgument(inner, Nd4j.create(ROWS, x.size(1)));
        Nd4j.exec(op);
        double outside = whole.sumNumber().doubleValue() - inner.sumNumber().doubleValue();
        assertThat(outside).isCloseTo(7 * (whole.length() - inner.length()), offset(1e-4));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void placeholdersMayLieAnyhow(String name, UnaryOperator<INDArray> layout) {
        var graph = PowerGraph.of(true, w);
        assertClose(PowerGraph.gradients(graph.sd(), layout.apply(x)), graph.expectedGradients(x, w), 1e-6, name);
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"HALF", "BFLOAT16", "DOUBLE"})
    void otherTypesAreComputedInFloat32AndKept(DataType type) {
        var sd = SameDiff.create();
        var input = sd.placeHolder("x", type, -1, x.size(1));
        var out = PowerGraph.outputs(input, sd.var("w", w.castTo(type)));
        sd.setLossVariables(out[0].sum().add(out[1].sum()).name());
        var given = x.castTo(type);
        var results = new HashMap<>(PowerGraph.outputs(sd, given));
        PowerGraph.gradients(sd, given).forEach((name, gradient) -> results.put("d" + name, gradient));
        assertThat(results.values()).allSatisfy(result -> assertThat(result.dataType()).isEqualTo(type));
        // What the op is given has been rounded; so is what it returns, once.
        var seen = given.castTo(DataType.FLOAT);
        var weight = w.castTo(type).castTo(DataType.FLOAT);
        assertClose(results, PowerGraph.expectedOutputs(seen, weight), rounding(type), type.name());
        assertClose(Map.of("x", results.get("dx"), "w", results.get("dw")),
                new PowerGraph(sd, true).expectedGradients(seen, weight), rounding(type), type.name());
    }

    private static double rounding(DataType type) {
        return switch (type) {
            case HALF -> Math.pow(2, -11);
            case BFLOAT16 -> Math.pow(2, -8);
            default -> 1e-6;
        };
    }
}
