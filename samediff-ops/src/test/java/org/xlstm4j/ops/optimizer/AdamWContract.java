package org.xlstm4j.ops.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.xlstm4j.ops.Form;

/** What every fused form of AdamW keeps to: it equals the composed one. */
abstract class AdamWContract {
    private static final int STEPS = 20;
    /** From one element to several blocks and a rest, of rank 1 to 3. */
    private static final List<long[]> SHAPES = List.of(new long[] {1}, new long[] {2, 1}, new long[] {7},
            new long[] {63, 33}, new long[] {3, 5, 2}, new long[] {257, 129}, new long[] {8192});
    private static final double NO_CLIPPING = Double.POSITIVE_INFINITY;
    /** Below about half of the gradients' norms. */
    static final double CLIPPING = 1000;

    /** The form under test. */
    protected abstract Form form();

    /** Parameters and their moments after some steps, and the norms of the steps. */
    record Trained(List<INDArray> parameters, List<Moments> moments, List<Double> norms) {

        static Trained in(Form form, AdamWStep first, UnaryOperator<INDArray> layout) {
            var random = new Random(5);
            var parameters = SHAPES.stream().map(shape -> gaussians(random, 1, shape)).toList();
            var moments = parameters.stream().map(Moments::zeros).toList();
            var update = Form.with(form, () -> new AdamWUpdate(parameters, moments));
            var norms = IntStream.range(0, STEPS).mapToObj(step -> {
                double deviation = 2 + 2 * (step % 4);
                // Whole numbers, for ND4J sums their squares in float32: it is exact then.
                var gradients = SHAPES.stream()
                        .map(shape -> layout.apply(Transforms.round(gaussians(random, deviation, shape)))).toList();
                return update.apply(at(step, first), gradients);
            }).toList();
            return new Trained(parameters, moments, norms);
        }
    }

    static AdamWStep first(double clipNorm, double beta2) {
        return new AdamWStep(0, 0.01, 0.1, clipNorm, 0.9, beta2, 1e-8);
    }

    private static AdamWStep at(int step, AdamWStep first) {
        return new AdamWStep(step, first.rate() / (1 + step), first.weightDecay(), first.clipNorm(), first.beta1(),
                first.beta2(), first.epsilon());
    }

    private static INDArray gaussians(Random random, double deviation, long... shape) {
        var array = Nd4j.zeros(DataType.FLOAT, shape);
        for (long i = 0; i < array.length(); i++) {
            array.data().put(i, (float) (deviation * random.nextGaussian()));
        }
        return array;
    }

    @ParameterizedTest
    @CsvSource({"Infinity, 0.95", "Infinity, 0.999", "1000, 0.95", "1000, 0.999", "1, 0", "0.001, 0.95"})
    void theFusedFormEqualsNd4jsAdam(double clipNorm, double beta2) {
        var fused = Trained.in(form(), first(clipNorm, beta2), gradient -> gradient);
        var composed = Trained.in(Form.COMPOSED, first(clipNorm, beta2), gradient -> gradient);
        for (int i = 0; i < STEPS; i++) {
            assertThat(fused.norms().get(i) / composed.norms().get(i)).as("norm %d", i).isCloseTo(1, within(1e-6));
        }
        for (int i = 0; i < SHAPES.size(); i++) {
            assertThat(error(fused.parameters().get(i), composed.parameters().get(i)))
                    .as("parameter %d", i).isLessThan(2e-6);
            assertThat(error(fused.moments().get(i).first(), composed.moments().get(i).first()))
                    .as("first moment %d", i).isLessThan(1e-6);
            assertThat(error(fused.moments().get(i).second(), composed.moments().get(i).second()))
                    .as("second moment %d", i).isLessThan(1e-6);
        }
    }

    /** Largest difference over largest magnitude. */
    private static double error(INDArray actual, INDArray expected) {
        return actual.sub(expected).amaxNumber().doubleValue() / expected.amaxNumber().doubleValue();
    }

    @Test
    void theFusedFormSumsTheNormInFloat64() {
        var random = new Random(8);
        var parameters = SHAPES.stream().map(shape -> Nd4j.ones(DataType.FLOAT, shape)).toList();
        var gradients = SHAPES.stream().map(shape -> gaussians(random, 1e20, shape)).toList();
        double squares = gradients.stream().flatMapToDouble(array -> Arrays.stream(array.data().asDouble()))
                .map(value -> value * value).sum();
        var update = Form.with(form(),
                () -> new AdamWUpdate(parameters, parameters.stream().map(Moments::zeros).toList()));
        assertThat(update.apply(first(1, 0.95), gradients) / Math.sqrt(squares)).isCloseTo(1, within(1e-12));
    }

    @Test
    void theGradientsLayoutDoesNotMatter() {
        theGradientsLayoutDoesNotMatter(form());
        theGradientsLayoutDoesNotMatter(Form.COMPOSED);
    }

    private static void theGradientsLayoutDoesNotMatter(Form form) {
        var dense = Trained.in(form, first(NO_CLIPPING, 0.95), gradient -> gradient);
        requireSame(Trained.in(form, first(NO_CLIPPING, 0.95), gradient -> gradient.dup('f')), dense);
        requireSame(Trained.in(form, first(NO_CLIPPING, 0.95), AdamWContract::spread), dense);
    }

    /** The same values, two NaN between neighbours. */
    private static INDArray spread(INDArray array) {
        var wide = Nd4j.valueArrayOf(new long[] {3 * array.length()}, Float.NaN, DataType.FLOAT);
        return Nd4j.create(wide.data(), array.shape(), strides(array), 1, 'c').assign(array);
    }

    private static long[] strides(INDArray array) {
        return IntStream.range(0, array.rank()).mapToLong(axis -> 3 * array.stride(axis)).toArray();
    }

    private static void requireSame(Trained actual, Trained expected) {
        // Their norms may differ in the last bits, the update not.
        for (int i = 0; i < SHAPES.size(); i++) {
            assertThat(actual.parameters().get(i)).as("parameter %d", i).isEqualTo(expected.parameters().get(i));
        }
    }

    static void assertSameBits(Trained actual, Trained expected) {
        assertThat(actual.norms()).isEqualTo(expected.norms());
        for (int i = 0; i < SHAPES.size(); i++) {
            assertBits(actual.parameters().get(i), expected.parameters().get(i));
            assertBits(actual.moments().get(i).first(), expected.moments().get(i).first());
            assertBits(actual.moments().get(i).second(), expected.moments().get(i).second());
        }
    }

    private static void assertBits(INDArray actual, INDArray expected) {
        assertThat(actual.data().asFloat()).isEqualTo(expected.data().asFloat());
    }

    @Test
    void fusesFloatsInRowOrderAndComposesOthers() {
        // Only the fused form leaves gradients as they are.
        assertThat(usesUpGradients(Form.AUTO, Nd4j.ones(DataType.FLOAT, 3, 2))).isFalse();
        assertThat(usesUpGradients(Form.COMPOSED, Nd4j.ones(DataType.FLOAT, 3, 2))).isTrue();
        assertThat(usesUpGradients(Form.AUTO, Nd4j.ones(DataType.DOUBLE, 3, 2))).isTrue();
        assertThat(usesUpGradients(Form.AUTO, Nd4j.ones(DataType.FLOAT, 3, 2).dup('f'))).isTrue();
    }

    private static boolean usesUpGradients(Form form, INDArray parameter) {
        var gradient = Nd4j.valueArrayOf(parameter.shape(), 0.5, parameter.dataType());
        var update = Form.with(form,
                () -> new AdamWUpdate(List.of(parameter), List.of(Moments.zeros(parameter))));
        assertThat(update.apply(first(NO_CLIPPING, 0.95), List.of(gradient)))
                .isCloseTo(0.5 * Math.sqrt(6), within(1e-6));
        // Adam's first step is the rate, whatever the gradient; decay takes 0.1 of the rate.
        assertThat(parameter.getDouble(2, 1)).isCloseTo(1 - 0.01 - 0.001, within(1e-6));
        return gradient.getDouble(0, 0) != 0.5;
    }

    @Test
    void whatDecaysMayBeSaid() {
        for (var form : List.of(form(), Form.COMPOSED)) {
            var parameters = List.of(Nd4j.ones(DataType.FLOAT, 3, 2), Nd4j.ones(DataType.FLOAT, 3, 2));
            var update = Form.with(form, () -> new AdamWUpdate(parameters,
                    parameters.stream().map(Moments::zeros).toList(), List.of(false, true)));
            update.apply(first(1, 0.95), List.of(Nd4j.zeros(DataType.FLOAT, 3, 2), Nd4j.zeros(DataType.FLOAT, 3, 2)));
            assertThat(parameters.get(0).getDouble(1, 1)).isEqualTo(1);
            assertThat(parameters.get(1).getDouble(1, 1)).isCloseTo(1 - 0.001, within(1e-6));
        }
    }

    @Test
    void normThatIsNotFiniteChangesNothing() {
        var parameter = Nd4j.ones(DataType.FLOAT, 3, 2);
        var moments = Moments.zeros(parameter);
        var update = Form.with(form(), () -> new AdamWUpdate(List.of(parameter), List.of(moments)));
        for (float broken : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
            var gradient = Nd4j.ones(DataType.FLOAT, 3, 2);
            gradient.putScalar(2, 0, broken);
            assertThatExceptionOfType(NonFiniteGradientException.class)
                    .isThrownBy(() -> update.apply(first(1, 0.95), List.of(gradient))).withMessageContaining("step 0");
        }
        assertThat(parameter).isEqualTo(Nd4j.ones(DataType.FLOAT, 3, 2));
        assertThat(moments).isEqualTo(Moments.zeros(parameter));
    }

    @Test
    void rejectsGradientsThatDoNotFit() {
        rejectsGradientsThatDoNotFit(form());
        rejectsGradientsThatDoNotFit(Form.COMPOSED);
    }

    private static void rejectsGradientsThatDoNotFit(Form form) {
        var parameters = List.of(Nd4j.ones(DataType.FLOAT, 2, 3), Nd4j.ones(DataType.FLOAT, 2));
        var moments = parameters.stream().map(Moments::zeros).toList();
        var update = Form.with(form, () -> new AdamWUpdate(parameters, moments));
        var step = first(1, 0.95);
        var good = Nd4j.ones(DataType.FLOAT, 2, 3);
        assertThatIllegalArgumentException().isThrownBy(() -> update.apply(step, List.of(good)))
                .withMessage("2 parameters, but 1 gradients");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> update.apply(step, List.of(good, Nd4j.ones(DataType.FLOAT, 3))))
                .withMessage("gradient 1: FLOAT [3], but the parameter is FLOAT [2]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> update.apply(step, List.of(good, Nd4j.ones(DataType.DOUBLE, 2))))
                .withMessageContaining("DOUBLE [2]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AdamWUpdate(parameters, List.of(moments.get(1), moments.get(1))))
                .withMessageContaining("first moments 0");
        assertThat(parameters.get(0)).isEqualTo(good);
    }
}
