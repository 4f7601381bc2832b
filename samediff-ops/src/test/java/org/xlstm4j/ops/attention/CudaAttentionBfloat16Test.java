package org.xlstm4j.ops.attention;

import static org.xlstm4j.ops.testing.RelativeError.assertClose;
import static org.xlstm4j.ops.testing.RelativeError.tolerance;

import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.testing.OnGpu;

/** Products of 16-bit numbers, on tensor cores where there are any. */
@OnGpu
class CudaAttentionBfloat16Test {
    private static final DataType TYPE = DataType.BFLOAT16;

    @ParameterizedTest
    @CsvSource({"4, 5", "64, 64", "128, 128", "192, 128"})
    void matchesTripleLoop(int headDim, int valueDim) {
        int time = 200;
        var window = Optional.of(new AttentionSpec.Window(70, 4));
        var spec = new AttentionSpec(4, 2, time, headDim, valueDim, 1 / Math.sqrt(headDim), window);
        var documents = new int[][] {new int[time], IntStream.range(0, time).map(t -> t < 90 ? 0 : 1).toArray()};
        var given = AttentionContract.inputs(spec, 2, 11);
        given.replaceAll((name, x) -> x.castTo(TYPE).castTo(DataType.DOUBLE));
        var graph = new CudaAttentionTest().graph(spec, given, documents, TYPE);
        assertClose(graph.run(AttentionContract.DIFFERENTIATED),
                AttentionOracle.evaluate(spec, given, AttentionOracle.causal(spec, documents)), tolerance(TYPE),
                spec.toString());
    }
}
