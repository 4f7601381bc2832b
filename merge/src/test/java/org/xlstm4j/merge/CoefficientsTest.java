package org.xlstm4j.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CoefficientsTest {
    @Test
    void parsesWhatItPrints() {
        var coefficients = Coefficients.of(1 / 3.0, 0.1, 1 - 1 / 3.0 - 0.1);

        assertThat(Coefficients.parse(coefficients.toString())).isEqualTo(coefficients);
        assertThat(Coefficients.parse("0.35, 0.35,0.2 ,0.1")).isEqualTo(Coefficients.of(0.35, 0.35, 0.2, 0.1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 49})
    void uniformWeighsEveryExpertAlike(int experts) {
        assertThat(Coefficients.uniform(experts).values()).hasSize(experts).containsOnly(1.0 / experts);
    }

    @Test
    void cornerTakesOneExpert() {
        assertThat(Coefficients.corner(3, 1)).isEqualTo(Coefficients.of(0, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> Coefficients.corner(3, 3))
                .withMessageContaining("no expert 3 among 3");
        assertThatIllegalArgumentException().isThrownBy(() -> Coefficients.uniform(0));
    }

    @Test
    void negativeZeroIsZero() {
        assertThat(Coefficients.of(-0.0, 1)).isEqualTo(Coefficients.of(0.0, 1));
    }

    @Test
    void sumMayBeOffByRounding() {
        assertThat(Coefficients.parse("0.3333333,0.3333333,0.3333333").experts()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "0.5,0.6         | sum to 1.1",
        "0.5,0.499998    | divide each by their sum",
        "1.5,-0.5        | hold -0.5",
        "NaN,1           | hold NaN",
        "Infinity,0      | hold Infinity",
        "0.5,half        | hold \"half\", which is no number",
        "0.5,,0.5        | hold \"\", which is no number",
    })
    void badCoefficientsAreRefusedByValue(String text, String message) {
        assertThatIllegalArgumentException().isThrownBy(() -> Coefficients.parse(text))
                .withMessageContaining(message);
    }

    @Test
    void noCoefficientsAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(Coefficients::of).withMessageContaining("sum to 0.0");
    }
}
