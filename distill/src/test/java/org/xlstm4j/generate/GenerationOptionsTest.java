package org.xlstm4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GenerationOptionsTest {
    private static final GenerationOptions DEFAULTS = GenerationOptions.defaults();

    private static Stream<Arguments> wrong() {
        return Stream.of(
                wrong("maxNewTokens", options -> options.withMaxNewTokens(0)),
                wrong("temperature", options -> options.withTemperature(-0.1)),
                wrong("temperature", options -> options.withTemperature(Double.NaN)),
                wrong("temperature", options -> options.withTemperature(Double.POSITIVE_INFINITY)),
                wrong("topK", options -> options.withTopK(-1)),
                wrong("topP", options -> options.withTopP(0)),
                wrong("topP", options -> options.withTopP(1.01)),
                wrong("topP", options -> options.withTopP(Double.NaN)),
                wrong("minP", options -> options.withMinP(-0.01)),
                wrong("minP", options -> options.withMinP(1.01)),
                wrong("minP", options -> options.withMinP(Double.NaN)),
                wrong("repetitionPenalty", options -> options.withRepetitionPenalty(0)),
                wrong("repetitionPenalty", options -> options.withRepetitionPenalty(Double.NaN)),
                wrong("stopStrings", options -> options.withStopStrings("a", "")));
    }

    private static Arguments wrong(String name, UnaryOperator<GenerationOptions> change) {
        return Arguments.of(name, change);
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void valueOutsideItsRangeIsNamed(String name, UnaryOperator<GenerationOptions> change) {
        assertThatThrownBy(() -> change.apply(DEFAULTS)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(name + " must be ").hasMessageContaining("was ");
    }

    @Test
    void eachChangeChangesOneValue() {
        var changed = DEFAULTS.withMaxNewTokens(1).withTemperature(2).withTopK(3).withTopP(0.4).withMinP(0.5)
                .withRepetitionPenalty(6).withSeed(7).withStopStrings("8");
        assertThat(changed).isEqualTo(new GenerationOptions(1, 2, 3, 0.4, 0.5, 6, 7, List.of("8")));
    }
}
