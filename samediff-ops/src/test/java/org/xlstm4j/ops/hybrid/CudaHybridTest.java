package org.xlstm4j.ops.hybrid;

import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.OnGpu;

@OnGpu
class CudaHybridTest extends HybridContract {
    private static final List<String> DIFFERENTIATED = List.of("x", "query", "key", "value", "queryFeatures",
            "keyFeatures", "inputGateWeight", "forgetGateBias", "outputGateWeight", "outputGateBias");

    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    @Test
    void isSound() {
        var spec = new HybridSpec(4, 2, 70, headDim(), 20, 3, 16);
        FusedOps.assertSound(graph(spec, given(spec, 11), null), DIFFERENTIATED);
    }

    @ParameterizedTest
    @CsvSource({"TF32, 1e-2", "BFLOAT16, 5e-2"})
    void precisionBoundsTheRounding(Precision precision, double tolerance) {
        var spec = new HybridSpec(4, 2, 70, headDim(), 20, 3, 16);
        var given = given(spec, 12);
        assertClose(Precision.with(precision, () -> graph(spec, given, null)).run(DIFFERENTIATED),
                graph(spec, given, null).run(DIFFERENTIATED), tolerance, precision.name());
    }
}
