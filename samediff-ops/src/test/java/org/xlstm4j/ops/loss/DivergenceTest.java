package org.xlstm4j.ops.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xlstm4j.ops.loss.Divergence.Tail;

class DivergenceTest {
    private static final double[] P = {Math.log(0.7), Math.log(0.2), Math.log(0.1)};
    private static final double[] Q = {Math.log(0.25), Math.log(0.25), Math.log(0.5)};

    private static double of(Divergence divergence, double[] p, double[] q) {
        return divergence.of(p.clone(), q.clone(), p.length, new double[p.length]);
    }

    @Test
    void forwardKlIsTheTeachersExpectation() {
        assertThat(of(Divergence.FORWARD_KL, P, Q)).isCloseTo(
                0.7 * Math.log(0.7 / 0.25) + 0.2 * Math.log(0.2 / 0.25) + 0.1 * Math.log(0.1 / 0.5), within(1e-12));
    }

    @Test
    void reverseKlIsTheForwardOneWithTheSidesChanged() {
        assertThat(of(Divergence.REVERSE_KL, P, Q)).isCloseTo(of(Divergence.FORWARD_KL, Q, P), within(1e-12));
    }

    @Test
    void jensenShannonOfOneHalfIsSymmetricAndAtMostItsBound() {
        var half = Divergence.jensenShannon(0.5);
        assertThat(of(half, P, Q)).isCloseTo(of(half, Q, P), within(1e-12));
        assertThat(of(half, new double[] {0, -800}, new double[] {-800, 0})).isCloseTo(Math.log(2), within(1e-12));
    }

    @Test
    void jensenShannonTendsToTheTwoKls() {
        double beta = 1e-6;
        assertThat(of(Divergence.jensenShannon(beta), P, Q) / beta)
                .isCloseTo(of(Divergence.FORWARD_KL, P, Q), within(1e-5));
        assertThat(of(Divergence.jensenShannon(1 - beta), P, Q) / beta)
                .isCloseTo(of(Divergence.REVERSE_KL, P, Q), within(1e-5));
    }

    @Test
    void temperatureDividesLogitsAndGivesItsSquareBack() {
        double[] p = {3, -1, 0.5};
        double[] q = {1, 2, -2};
        double[] coolP = {1.5, -0.5, 0.25};
        double[] coolQ = {0.5, 1, -1};
        assertThat(of(Divergence.FORWARD_KL.withTemperature(2), p, q))
                .isCloseTo(4 * of(Divergence.FORWARD_KL, coolP, coolQ), within(1e-12));
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "0, 3", "0.2, 1", "0.9, 0.5", "1, 1", "1, 4"})
    void gradientEqualsCentralDifferences(double beta, double temperature) {
        var divergence = new Divergence(beta, temperature, Tail.NONE);
        var random = new Random(5);
        var p = random.doubles(6, -4, 4).toArray();
        var q = random.doubles(6, -4, 4).toArray();
        var gradient = new double[6];
        divergence.of(p.clone(), q.clone(), 6, gradient);
        for (int i = 0; i < 6; i++) {
            double step = 1e-5;
            var up = q.clone();
            var down = q.clone();
            up[i] += step;
            down[i] -= step;
            assertThat(gradient[i]).isCloseTo((of(divergence, p, up) - of(divergence, p, down)) / (2 * step),
                    within(1e-8));
        }
    }

    @Test
    void impossibleIdCostsTheReverseKlAFiniteAmount() {
        double[] p = {0, Double.NEGATIVE_INFINITY};
        assertThat(of(Divergence.REVERSE_KL, p, new double[] {0, 0}))
                .isCloseTo(0.5 * (87 + 0) + Math.log(0.5), within(1e-12));
        assertThat(of(Divergence.FORWARD_KL, p, new double[] {0, 0})).isCloseTo(Math.log(2), within(1e-12));
    }

    @Test
    void refusesWhatIsNoDivergence() {
        assertThatThrownBy(() -> new Divergence(1.1, 1, Tail.NONE)).hasMessageContaining("beta")
                .hasMessageContaining("1.1");
        assertThatThrownBy(() -> new Divergence(Double.NaN, 1, Tail.NONE)).hasMessageContaining("beta");
        assertThatThrownBy(() -> Divergence.FORWARD_KL.withTemperature(0)).hasMessageContaining("temperature");
        assertThatThrownBy(() -> Divergence.FORWARD_KL.withTail(null)).hasMessageContaining("tail");
        assertThatThrownBy(() -> Divergence.jensenShannon(1)).hasMessageContaining("inside");
    }

    @Test
    void tailNeedsAVocabularyBeyondTheIds() {
        var withTail = Divergence.FORWARD_KL.withTail(Tail.REST);
        assertThatThrownBy(() -> new HeadLossSpec(1, 5, 5, withTail)).hasMessageContaining("nothing is left");
        assertThatThrownBy(() -> new LossSpec(1, 5, 5, withTail)).hasMessageContaining("nothing is left");
        assertThatThrownBy(() -> new LossSpec(1, 5, 5, null)).hasMessageContaining("divergence must be given");
        assertThat(new LossSpec(1, 5, 4, withTail).divergence()).isEqualTo(withTail);
    }
}
