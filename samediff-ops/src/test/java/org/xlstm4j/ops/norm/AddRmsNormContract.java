package org.xlstm4j.ops.norm;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.xlstm4j.ops.norm.RmsNormContract.EPS;
import static org.xlstm4j.ops.norm.RmsNormContract.plain;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;
import org.xlstm4j.ops.testing.RelativeError;

/** What every form of the addition with RMSNorm after it keeps to. */
abstract class AddRmsNormContract {
    static final List<String> NAMES = List.of("x", "update", "weight");

    /** The form under test. */
    protected abstract Form form();

    /** The type that the form computes in. */
    protected abstract DataType dataType();

    /** An empty graph of the type. */
    protected GraphUnderTest newGraph() {
        return new GraphUnderTest(dataType());
    }

    final double tolerance() {
        return dataType() == DataType.DOUBLE ? 1e-9 : RelativeError.tolerance(dataType());
    }

    /** Inputs and the gradients that arrive at the outputs; null for an output that nothing reads. */
    record Case(INDArray x, INDArray update, INDArray weight, INDArray upstreamOfSum, INDArray upstreamOfNormed) {
        static Case random(int rows, int width) {
            var random = new RandomArrays(rows);
            return new Case(random.normal(rows, width), random.normal(rows, width), random.normal(width),
                    random.normal(rows, width), random.normal(rows, width));
        }

        Case readingOnly(boolean sum) {
            return new Case(x, update, weight, sum ? upstreamOfSum : null, sum ? null : upstreamOfNormed);
        }

        double loss(INDArray x, INDArray weight) {
            var sum = x.add(update);
            return (upstreamOfSum == null ? 0 : sum.mul(upstreamOfSum).sumNumber().doubleValue())
                    + (upstreamOfNormed == null ? 0
                    : plain(sum, weight).mul(upstreamOfNormed).sumNumber().doubleValue());
        }

        INDArray gradientOfSum() {
            return Gradient.numericOfArray(x, moved -> loss(moved, weight));
        }

        Map<String, INDArray> gradients() {
            return Map.of("dx", gradientOfSum(), "dupdate", gradientOfSum(),
                    "dweight", Gradient.numericOfArray(weight, moved -> loss(x, moved)));
        }
    }

    final GraphUnderTest graph(Case given) {
        return Form.with(form(), () -> {
            var graph = newGraph();
            read(graph, RmsNorm.addAndNormalize(graph.input("x", given.x), graph.input("update", given.update),
                    graph.parameter("weight", given.weight), EPS), given);
            return graph;
        });
    }

    private static void read(GraphUnderTest graph, NormedSum result, Case given) {
        if (given.upstreamOfSum != null) {
            graph.output("sum", result.sum(), given.upstreamOfSum);
        }
        if (given.upstreamOfNormed != null) {
            graph.output("normed", result.normed(), given.upstreamOfNormed);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "1, 7", "2, 2", "5, 33", "67, 5"})
    void matchesPlainLoop(int rows, int width) {
        var given = Case.random(rows, width);
        var graph = graph(given);
        var sum = given.x.add(given.update);
        assertClose(graph.outputs(), Map.of("sum", sum, "normed", plain(sum, given.weight)), tolerance(), "outputs");
        assertClose(graph.gradients(NAMES), given.gradients(), tolerance(), "gradients");
    }

    @Test
    void sumMayGoUnread() {
        var given = Case.random(3, 7).readingOnly(false);
        assertClose(graph(given).gradients(NAMES), given.gradients(), tolerance(), "normed alone");
    }

    @Test
    void normMayGoUnread() {
        var given = Case.random(3, 7).readingOnly(true);
        assertClose(graph(given).gradients(List.of("x", "update")),
                Map.of("dx", given.upstreamOfSum, "dupdate", given.upstreamOfSum), tolerance(), "sum alone");
    }

    @Test
    void streamHandsGradientsThroughEveryLayer() {
        var given = Case.random(5, 7);
        int layers = 3;
        var graph = Form.with(form(), () -> {
            var built = newGraph();
            var x = built.input("x", given.x);
            var update = built.input("update", given.update);
            var weight = built.parameter("weight", given.weight);
            var stream = new NormedSum(x, update);
            for (int layer = 0; layer < layers; layer++) {
                stream = RmsNorm.addAndNormalize(stream.sum(), stream.normed(), weight, EPS);
            }
            read(built, stream, given);
            return built;
        });
        assertClose(graph.gradients(NAMES), Map.of(
                "dx", Gradient.numericOfArray(given.x,
                        moved -> stream(given, moved, given.update, given.weight, layers)),
                "dupdate", Gradient.numericOfArray(given.update,
                        moved -> stream(given, given.x, moved, given.weight, layers)),
                "dweight", Gradient.numericOfArray(given.weight,
                        moved -> stream(given, given.x, given.update, moved, layers))), tolerance(), "stream");
    }

    private static double stream(Case given, INDArray x, INDArray update, INDArray weight, int layers) {
        var sum = x;
        var normed = update;
        for (int layer = 0; layer < layers; layer++) {
            sum = sum.add(normed);
            normed = plain(sum, weight);
        }
        return sum.mul(given.upstreamOfSum).sumNumber().doubleValue()
                + normed.mul(given.upstreamOfNormed).sumNumber().doubleValue();
    }

    @Test
    void whatIsAddedToItselfCountsTwice() {
        var random = Case.random(5, 7);
        var given = new Case(random.x, random.x, random.weight, random.upstreamOfSum, random.upstreamOfNormed);
        var graph = Form.with(form(), () -> {
            var built = newGraph();
            var x = built.input("x", given.x);
            read(built, RmsNorm.addAndNormalize(x, x, built.parameter("weight", given.weight), EPS), given);
            return built;
        });
        assertClose(graph.gradients(List.of("x")), Map.of("dx", given.gradientOfSum().mul(2)), tolerance(), "x + x");
    }

    /** SameDiff's updaters overwrite the gradients of variables. */
    @Test
    void bothTermsTrain() {
        var given = Case.random(3, 7);
        var sd = Form.with(form(), () -> trainable(given));
        sd.fit(new MultiDataSet(Nd4j.ones(dataType(), 1), null));
        var step = given.gradientOfSum().mul(0.1);
        assertClose(Map.of("x", sd.getVariable("x").getArr(), "update", sd.getVariable("update").getArr()),
                Map.of("x", given.x.sub(step), "update", given.update.sub(step)), tolerance(), "after a step");
    }

    private SameDiff trainable(Case given) {
        var sd = SameDiff.create();
        var result = RmsNorm.addAndNormalize(variable(sd, "x", given.x), variable(sd, "update", given.update),
                variable(sd, "weight", given.weight), EPS);
        var loss = result.sum().mul(sd.constant(given.upstreamOfSum.castTo(dataType()))).sum()
                .add(result.normed().mul(sd.constant(given.upstreamOfNormed.castTo(dataType()))).sum())
                .mul(sd.placeHolder("one", dataType(), 1));
        sd.setLossVariables(loss.name());
        sd.setTrainingConfig(TrainingConfig.builder().updater(new Sgd(0.1)).dataSetFeatureMapping("one")
                .markLabelsUnused().build());
        return sd;
    }

    private SDVariable variable(SameDiff sd, String name, INDArray value) {
        return sd.var(name, value.castTo(dataType()).dup());
    }

    @Test
    void oneGraphServesEveryNumberOfRows() {
        var graph = graph(Case.random(3, 4));
        for (int rows : new int[] {1, 3, 8}) {
            var given = Case.random(rows, 4);
            graph.feed("x", given.x);
            graph.feed("update", given.update);
            var sum = given.x.add(given.update);
            graph.sd().getVariable("weight").setArray(given.weight.castTo(dataType()));
            assertClose(graph.outputs(), Map.of("sum", sum, "normed", plain(sum, given.weight)), tolerance(),
                    rows + " rows");
        }
    }

    @Test
    void termsThatCancelLeaveZeros() {
        var given = Case.random(2, 4);
        var zeros = given.x.mul(0);
        assertClose(graph(new Case(given.x, given.x.neg(), given.weight, zeros, zeros)).outputs(),
                Map.of("sum", zeros, "normed", zeros), 0, "zeros");
    }

    @Test
    void epsOfZeroIsRejected() {
        var sd = SameDiff.create();
        var x = sd.placeHolder("x", dataType(), -1, 2);
        assertThatIllegalArgumentException().isThrownBy(() -> RmsNorm.addAndNormalize(x, x,
                sd.constant(Nd4j.ones(dataType(), 2)), 0)).withMessageContaining("eps");
    }
}
