package org.xlstm4j.ops.mlstm;

import static org.xlstm4j.ops.testing.RelativeError.assertClose;
import static org.xlstm4j.ops.testing.RelativeError.tolerance;

import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.OnGpu;

/** Products of 16-bit numbers, on tensor cores where there are any. */
@OnGpu
class CudaMlstmBfloat16Test {
    private static final DataType TYPE = DataType.BFLOAT16;

    @ParameterizedTest
    @CsvSource({"4, 5, 40", "64, 64, 150", "128, 128, 200"})
    void matchesRecurrence(int keyDim, int valueDim, int time) {
        var given = MlstmCase.positive(MlstmSpec.normalized(2, time, keyDim, valueDim), 2, 47).roundedTo(TYPE);
        var graph = new GraphUnderTest(TYPE);
        var in = new LinkedHashMap<String, SDVariable>();
        given.differentiated().forEach(name -> in.put(name, graph.input(name, given.get(name))));
        var inputs = new MlstmInputs(in.get("query"), in.get("key"), in.get("value"), in.get("inputGate"),
                in.get("forgetGate"));
        var output = Form.with(Form.CUDA, () -> RowsByHead.chunkwise(given.spec(), inputs));
        graph.output("hidden", output.hidden(), given.get("dhidden"));

        var expected = new LinkedHashMap<>(MlstmOracle.evaluate(given));
        expected.keySet().removeAll(List.of("finalMemory", "finalNormalizer", "finalMax"));
        assertClose(graph.run(given.differentiated()), expected, tolerance(TYPE), given.spec().toString());
    }
}
