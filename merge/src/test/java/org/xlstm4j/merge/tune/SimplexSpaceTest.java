package org.xlstm4j.merge.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.generator.GridSearchCandidateGenerator;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.deeplearning4j.arbiter.optimize.serde.jackson.JsonMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.merge.Coefficients;

class SimplexSpaceTest {
    @ParameterizedTest
    @ValueSource(ints = {2, 4, 7})
    void uniformSticksGiveADirichletOfOnes(int experts) {
        var generator = new RandomSearchGenerator(new SimplexSpace(experts));
        generator.setRngSeed(11);
        int samples = 20_000;
        var mean = new double[experts];
        var square = new double[experts];
        for (int n = 0; n < samples; n++) {
            var coefficients = (Coefficients) generator.getCandidate().getValue();
            for (int i = 0; i < experts; i++) {
                mean[i] += coefficients.get(i) / samples;
                square[i] += coefficients.get(i) * coefficients.get(i) / samples;
            }
        }

        // Dirichlet(1, …, 1): E λ = 1/K, E λ² = 2 / (K (K + 1)); the bound is five standard errors and more.
        for (int i = 0; i < experts; i++) {
            assertThat(mean[i]).isCloseTo(1.0 / experts, within(0.012));
            assertThat(square[i]).isCloseTo(2.0 / (experts * (experts + 1)), within(0.012));
        }
    }

    @Test
    void flatParametersAreTheInverse() {
        var space = new SimplexSpace(4);
        new RandomSearchGenerator(space);

        for (var coefficients : Lattice.finest(4, 100)) {
            var back = space.getValue(space.flatParameters(coefficients));
            for (int i = 0; i < 4; i++) {
                assertThat(back.get(i)).isCloseTo(coefficients.get(i), within(1e-12));
            }
        }
        assertThat(space.getValue(new double[] {1, 0.3, 0.3})).isEqualTo(Coefficients.corner(4, 0));
        assertThat(space.getValue(new double[] {0, 0, 0})).isEqualTo(Coefficients.corner(4, 3));
    }

    @Test
    void arbitersGridEnds() {
        var grid = new GridSearchCandidateGenerator(new SimplexSpace(3), 4,
                GridSearchCandidateGenerator.Mode.Sequential, null);
        var seen = new HashSet<Object>();
        while (grid.hasMoreCandidates()) {
            seen.add(grid.getCandidate().getValue());
        }

        // Four of the sixteen points have a first stick of 1 and are the same corner.
        assertThat(seen).hasSize(13);
    }

    @Test
    void survivesJson() throws Exception {
        var space = new SimplexSpace(3);
        new RandomSearchGenerator(space);

        var copy = (SimplexSpace) JsonMapper.getMapper()
                .readValue(JsonMapper.getMapper().writeValueAsString(space), ParameterSpace.class);

        var u = new double[] {0.2, 0.7};
        assertThat(copy.getValue(u)).isEqualTo(space.getValue(u));
    }

    @Test
    void oneExpertIsNoSimplexToSearch() {
        assertThatIllegalArgumentException().isThrownBy(() -> new SimplexSpace(1))
                .withMessageContaining("at least 2 experts, was 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SimplexSpace(3).flatParameters(Coefficients.uniform(2)))
                .withMessageContaining("not for 3 experts");
    }
}
