package org.xlstm4j.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.xlstm4j.ops.linear.Linear;

class PrecisionTest {
    private final String before = System.getProperty(Precision.PROPERTY);

    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty(Precision.PROPERTY);
        } else {
            System.setProperty(Precision.PROPERTY, before);
        }
    }

    @Test
    void isTf32UnlessSaidOtherwise() {
        System.clearProperty(Precision.PROPERTY);
        assertThat(Precision.wanted()).isEqualTo(Precision.TF32);
    }

    @ParameterizedTest
    @CsvSource({"float32, FLOAT32", "TF32, TF32", "bfloat16, BFLOAT16", "Float16, FLOAT16"})
    void propertyNamesThePrecision(String value, Precision precision) {
        System.setProperty(Precision.PROPERTY, value);
        assertThat(Precision.wanted()).isEqualTo(precision);
    }

    @Test
    void otherValuesOfThePropertyAreRejected() {
        System.setProperty(Precision.PROPERTY, "float8");
        assertThatIllegalArgumentException().isThrownBy(Precision::wanted).withMessageContaining(Precision.PROPERTY)
                .withMessageContaining("float8");
    }

    @Test
    void graphKeepsThePrecisionThatItWasBuiltWith() {
        var sd = SameDiff.create();
        var x = sd.placeHolder("x", DataType.FLOAT, -1, 3);
        var weight = sd.var("weight", DataType.FLOAT, 2, 3);
        var y = Form.with(Form.CPU, () -> Precision.with(Precision.BFLOAT16,
                () -> Precision.with(Precision.FLOAT16, () -> Linear.apply(x, weight))));
        var op = (DynamicCustomOp) sd.getVariableOutputOp(y.name());
        assertThat(Precision.of(op, 1)).isEqualTo(Precision.FLOAT16);
    }
}
