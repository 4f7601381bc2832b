package org.xlstm4j.ops.linear;

import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.OnGpu;

@OnGpu
class CudaLinearTest extends LinearContract {
    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 300})
    void isSound(int rows) {
        FusedOps.assertSound(biased(Case.random(rows, 70, 300)), List.of("x", "weight", "bias"));
    }

    @Test
    void severalMapsAreSound() {
        var given = Several.random(300, 300, 270, 70, 7);
        FusedOps.assertSound(several(given), given.names());
    }

    @ParameterizedTest
    @CsvSource({"TF32, 2e-3", "BFLOAT16, 2e-2", "FLOAT16, 2e-3"})
    void precisionBoundsTheRounding(Precision precision, double tolerance) {
        var given = Case.random(65, 70, 129);
        var graph = Precision.with(precision, () -> plain(given));
        assertClose(graph.run(List.of("x", "weight")), Map.of("output", given.output(), "dx", given.dx(),
                "dweight", given.dWeight()), tolerance, precision.name());
    }
}
