package org.xlstm4j.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;

class FormTest {
    private final String before = System.getProperty(Form.PROPERTY);

    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty(Form.PROPERTY);
        } else {
            System.setProperty(Form.PROPERTY, before);
        }
    }

    @Test
    void isAutomaticUnlessSaidOtherwise() {
        System.clearProperty(Form.PROPERTY);
        assertThat(Form.wanted()).isEqualTo(Form.AUTO);
    }

    @ParameterizedTest
    @CsvSource({"auto, AUTO", "composed, COMPOSED", "cpu, CPU", "CPU, CPU", "Cuda, CUDA"})
    void propertyNamesTheForm(String value, Form form) {
        System.setProperty(Form.PROPERTY, value);
        assertThat(Form.wanted()).isEqualTo(form);
    }

    @ParameterizedTest
    @CsvSource({"gpu", "''", "' cpu'"})
    void otherValuesOfThePropertyAreRejected(String value) {
        System.setProperty(Form.PROPERTY, value);
        assertThatIllegalArgumentException().isThrownBy(Form::wanted).withMessageContaining(Form.PROPERTY)
                .withMessageContaining("\"" + value + "\"");
    }

    @Test
    void withComesBeforeThePropertyAndMayBeNested() {
        System.setProperty(Form.PROPERTY, "cuda");
        var seen = Form.with(Form.COMPOSED,
                () -> Form.with(Form.CPU, Form::wanted) + " then " + Form.wanted());
        assertThat(seen).isEqualTo("CPU then COMPOSED");
        assertThat(Form.wanted()).isEqualTo(Form.CUDA);
    }

    @Test
    void withEndsWithAnException() {
        var outside = Form.wanted();
        assertThatIllegalStateException().isThrownBy(() -> Form.with(Form.CUDA, () -> {
            throw new IllegalStateException();
        }));
        assertThat(Form.wanted()).isEqualTo(outside);
    }

    @Test
    void withIsForItsThreadAlone() {
        var outside = Form.wanted();
        assertThat(Form.with(Form.CUDA, () -> CompletableFuture.supplyAsync(Form::wanted).join())).isEqualTo(outside);
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"FLOAT", "HALF", "BFLOAT16"})
    void graphsOfShortTypesAreFused(DataType type) {
        assertThat(Form.with(Form.AUTO, () -> Form.isFused("test", type))).isTrue();
        assertThat(Form.with(Form.CPU, () -> Form.isFused("test", type))).isTrue();
        assertThat(Form.with(Form.COMPOSED, () -> Form.isFused("test", type))).isFalse();
        assertThat(Form.with(Form.CUDA, () -> Form.isFused("test", type))).isFalse();
    }

    @Test
    void whyAnOperatorIsComposedIsLoggedOnce() {
        var err = System.err;
        var log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            for (int graph = 0; graph < 3; graph++) {
                assertThat(Form.with(Form.CPU, () -> Form.isFused("logged", DataType.DOUBLE))).isFalse();
            }
            Form.with(Form.COMPOSED, () -> Form.isFused("not logged", DataType.DOUBLE));
        } finally {
            System.setErr(err);
        }
        assertThat(log.toString(StandardCharsets.UTF_8).lines()).singleElement().asString()
                .contains("logged is composed of stock SameDiff ops").contains("float64");
    }
}
