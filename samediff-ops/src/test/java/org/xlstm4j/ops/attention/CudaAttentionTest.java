package org.xlstm4j.ops.attention;

import static org.xlstm4j.ops.testing.RelativeError.assertClose;
import static org.xlstm4j.ops.testing.RelativeError.tolerance;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.OnGpu;

@OnGpu
class CudaAttentionTest extends FusedAttentionContract {
    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @ParameterizedTest
    @CsvSource({"16, 32", "64, 64", "128, 128", "80, 48", "33, 130", "160, 128"})
    void matchesTripleLoopAtEveryWidth(int headDim, int valueDim) {
        var window = Optional.of(new AttentionSpec.Window(40, 20));
        var spec = new AttentionSpec(2, 1, 150, headDim, valueDim, 1 / Math.sqrt(headDim), window);
        var given = inputs(spec, 2, 9);
        assertClose(graph(spec, given, null, DataType.FLOAT).run(DIFFERENTIATED),
                AttentionOracle.evaluate(spec, given, AttentionOracle.causal(spec, null)), tolerance(DataType.FLOAT),
                spec.toString());
    }
}
