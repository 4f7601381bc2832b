package org.xlstm4j.distill.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.optimizer.Moments;

/** What AdamW does in each of its forms. */
abstract class AdamWContract {
    private static final WarmupCosine SCHEDULE = new WarmupCosine(0.1, 0.01, 2, 10);
    private static final double DECAY = 0.3;
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.95;
    private static final double EPSILON = 1e-8;

    /** The form that is tested. */
    abstract Form form();

    private AdamW optimizer(AdamWOptions options, Map<String, INDArray> parameters) {
        return Form.with(form(), () -> new AdamW(options, parameters));
    }

    private static AdamWOptions options(double clipNorm) {
        return new AdamWOptions(SCHEDULE, DECAY, clipNorm, BETA1, BETA2, EPSILON);
    }

    @Test
    void equalsThePlainLoop() {
        var random = new Random(3);
        var matrix = new Plain(12, true, random);
        var bias = new Plain(5, false, random);
        var parameters = Map.of("matrix", matrix.array().reshape('c', 3, 4).dup('c'), "bias", bias.array());
        // Small enough that half of the steps are clipped.
        double clipNorm = 4;
        var optimizer = optimizer(options(clipNorm), parameters);
        for (int step = 0; step < 12; step++) {
            var matrixGradient = gaussians(12, random);
            var biasGradient = gaussians(5, random);
            double norm = Math.sqrt(squares(matrixGradient) + squares(biasGradient));
            double scale = norm > clipNorm ? clipNorm / norm : 1;
            matrix.step(step, matrixGradient, scale);
            bias.step(step, biasGradient, scale);
            assertThat(optimizer.learningRate()).isEqualTo(SCHEDULE.valueAt(step, 0));
            // A gradient in column order, as products yield them.
            var gradients = new LinkedHashMap<>(Map.of("matrix", floats(matrixGradient).reshape('c', 3, 4).dup('f'),
                    "bias", floats(biasGradient)));
            assertThat(optimizer.step(gradients)).isCloseTo(norm, within(1e-5));
            matrix.requireEqual(parameters.get("matrix"), step);
            bias.requireEqual(parameters.get("bias"), step);
        }
        matrix.requireEqual(optimizer.moments().get("matrix"));
        bias.requireEqual(optimizer.moments().get("bias"));
    }

    @Test
    void clippingKeepsTheDirectionOfAllGradientsTogether() {
        // With a large ε, and no memory of the square, Adam's first step is g / ε: it shows the gradient's scale.
        var options = new AdamWOptions(new WarmupCosine(1, 1, 0, 5), 0, 1, BETA1, 0, 1e6);
        var parameters = Map.of("a", Nd4j.createFromArray(0f, 0f), "b", Nd4j.createFromArray(0f));
        optimizer(options, parameters).step(new LinkedHashMap<>(
                Map.of("a", Nd4j.createFromArray(30f, 0f), "b", Nd4j.createFromArray(40f))));
        assertThat(parameters.get("a").getFloat(0) * 1e6).isCloseTo(-0.6, within(1e-4));
        assertThat(parameters.get("b").getFloat(0) * 1e6).isCloseTo(-0.8, within(1e-4));
    }

    @Test
    void weightsDecayAndBiasesDoNot() {
        var parameters = Map.of("matrix", Nd4j.ones(2, 2), "stack", Nd4j.ones(1, 2, 2), "bias", Nd4j.ones(2));
        optimizer(options(1), parameters).step(new LinkedHashMap<>(
                Map.of("matrix", Nd4j.zeros(2, 2), "stack", Nd4j.zeros(1, 2, 2), "bias", Nd4j.zeros(2))));
        double decayed = 1 - DECAY * SCHEDULE.valueAt(0, 0);
        assertThat(parameters.get("matrix").getDouble(1, 1)).isCloseTo(decayed, within(1e-6));
        assertThat(parameters.get("stack").getDouble(0, 1, 1)).isCloseTo(decayed, within(1e-6));
        assertThat(parameters.get("bias").getDouble(1)).isEqualTo(1);
    }

    @Test
    void gatesDecayOnlyWhereAllMatricesDo() {
        var gate = "model.layers.0.self_attn.forget_gate.weight";
        var mlpGate = "model.layers.0.mlp.gate_proj.weight";
        double decayed = 1 - DECAY * SCHEDULE.valueAt(0, 0);
        for (var decaying : WeightDecay.values()) {
            var parameters = Map.of(gate, Nd4j.ones(2, 2), mlpGate, Nd4j.ones(2, 2));
            optimizer(options(1).withDecaying(decaying), parameters).step(new LinkedHashMap<>(
                    Map.of(gate, Nd4j.zeros(2, 2), mlpGate, Nd4j.zeros(2, 2))));
            assertThat(parameters.get(mlpGate).getDouble(1, 1)).isCloseTo(decayed, within(1e-6));
            assertThat(parameters.get(gate).getDouble(1, 1))
                    .isCloseTo(decaying == WeightDecay.ALL_MATRICES ? decayed : 1, within(1e-6));
        }
    }

    @Test
    void goesOnFromItsStateAsIfItHadNotStopped() {
        var straight = Map.of("matrix", Nd4j.ones(3, 4), "bias", Nd4j.ones(3));
        var first = optimizer(options(1), straight);
        var broken = Map.of("matrix", Nd4j.zeros(3, 4), "bias", Nd4j.zeros(3));
        var second = optimizer(options(1), broken);
        for (int step = 0; step < 6; step++) {
            if (step == 3) {
                second.restore(first.steps(), new LinkedHashMap<>(first.state()));
                assertThat(second.steps()).isEqualTo(3);
            }
            if (step >= 3) {
                second.step(gradients(step));
            }
            first.step(gradients(step));
        }
        first.state().forEach((name, array) -> assertThat(second.state().get(name).data().asFloat()).as(name)
                .isEqualTo(array.data().asFloat()));
        assertThat(second.learningRate()).isEqualTo(first.learningRate());
    }

    private static Map<String, INDArray> gradients(int step) {
        var random = new Random(step);
        return new LinkedHashMap<>(Map.of("matrix", floats(gaussians(12, random)).reshape('c', 3, 4), "bias",
                floats(gaussians(3, random))));
    }

    @Test
    void refusesTheStateOfOtherParameters() {
        var parameters = Map.of("a", Nd4j.ones(2, 3));
        var optimizer = optimizer(options(1), parameters);
        var other = optimizer(options(1), Map.of("a", Nd4j.zeros(3, 2)));
        assertThatIllegalArgumentException().isThrownBy(() -> optimizer.restore(2, other.state()))
                .withMessageContaining("a of shape [3, 2] instead of [2, 3]");
        assertThatIllegalArgumentException().isThrownBy(() -> optimizer.restore(2, Map.of()))
                .withMessageContaining("lacks weights/a");
        assertThatIllegalArgumentException().isThrownBy(() -> optimizer.restore(-1, optimizer.state()));
        assertThat(parameters.get("a")).isEqualTo(Nd4j.ones(2, 3));
        assertThat(optimizer.steps()).isZero();
    }

    @Test
    void aBrokenGradientChangesNothing() {
        for (float broken : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            var parameters = Map.of("a", Nd4j.createFromArray(1f, 2f), "b", Nd4j.createFromArray(3f));
            var optimizer = optimizer(options(1), parameters);
            assertThatThrownBy(() -> optimizer.step(new LinkedHashMap<>(
                    Map.of("a", Nd4j.createFromArray(1f, 1f), "b", Nd4j.createFromArray(broken)))))
                    .isInstanceOf(ArithmeticException.class).hasMessageContaining("step 0");
            assertThat(parameters.get("a").toFloatVector()).containsExactly(1, 2);
            assertThat(parameters.get("b").toFloatVector()).containsExactly(3);
            assertThat(optimizer.learningRate()).isEqualTo(SCHEDULE.valueAt(0, 0));
            optimizer.moments().values().forEach(moments -> {
                assertThat(moments.first()).isEqualTo(moments.first().like());
                assertThat(moments.second()).isEqualTo(moments.second().like());
            });
        }
    }

    @Test
    void aMissingGradientChangesNothing() {
        var parameters = Map.of("a", Nd4j.createFromArray(1f, 2f), "b", Nd4j.createFromArray(3f));
        var optimizer = optimizer(options(1), parameters);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> optimizer.step(Map.of("a", Nd4j.createFromArray(1f, 1f))))
                .withMessage("no gradient of b");
        assertThat(parameters.get("a").toFloatVector()).containsExactly(1, 2);
        assertThat(optimizer.learningRate()).isEqualTo(SCHEDULE.valueAt(0, 0));
    }

    @Test
    void itsStateIsByParameterInTheirOrder() {
        var parameters = new LinkedHashMap<String, INDArray>();
        parameters.put("z", Nd4j.ones(2, 3));
        parameters.put("a", Nd4j.ones(5));
        var moments = optimizer(options(1), parameters).moments();
        assertThat(moments.keySet()).containsExactly("z", "a");
        assertThat(moments.get("z").first().shape()).containsExactly(2, 3);
        assertThat(moments.get("a").second().shape()).containsExactly(5);
    }

    @Test
    void refusesSettingsThatMakeNoStep() {
        assertThatThrownBy(() -> new AdamWOptions(null, 0, 1, 0, 0, 0)).hasMessageContaining("schedule");
        assertThatThrownBy(() -> new AdamWOptions(SCHEDULE, -1, 1, 0, 0, 0)).hasMessageContaining("weightDecay");
        assertThatThrownBy(() -> new AdamWOptions(SCHEDULE, 0, 0, 0, 0, 0)).hasMessageContaining("clipNorm");
    }

    private static double squares(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value * value;
        }
        return sum;
    }

    private static double[] gaussians(int size, Random random) {
        var values = new double[size];
        for (int i = 0; i < size; i++) {
            values[i] = random.nextGaussian();
        }
        return values;
    }

    private static INDArray floats(double[] values) {
        var floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return Nd4j.createFromArray(floats);
    }

    /** AdamW in float64. */
    private static final class Plain {
        private final double[] parameter;
        private final double[] first;
        private final double[] second;
        private final boolean decays;

        Plain(int size, boolean decays, Random random) {
            this.parameter = gaussians(size, random);
            this.first = new double[size];
            this.second = new double[size];
            this.decays = decays;
        }

        INDArray array() {
            return floats(parameter);
        }

        void step(int step, double[] gradient, double scale) {
            double rate = SCHEDULE.valueAt(step, 0);
            for (int i = 0; i < parameter.length; i++) {
                double g = gradient[i] * scale;
                first[i] = BETA1 * first[i] + (1 - BETA1) * g;
                second[i] = BETA2 * second[i] + (1 - BETA2) * g * g;
                double mean = first[i] / (1 - Math.pow(BETA1, step + 1));
                double square = second[i] / (1 - Math.pow(BETA2, step + 1));
                parameter[i] -= rate * ((decays ? DECAY * parameter[i] : 0) + mean / (Math.sqrt(square) + EPSILON));
            }
        }

        void requireEqual(Moments moments) {
            assertThat(moments.first().data().asDouble()).containsExactly(first, within(1e-5));
            assertThat(moments.second().data().asDouble()).containsExactly(second, within(1e-5));
        }

        void requireEqual(INDArray array, int step) {
            assertThat(array.dup('c').data().asDouble()).as("step %d", step)
                    .containsExactly(parameter, within(1e-5));
        }
    }
}
