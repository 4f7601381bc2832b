package org.xlstm4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.attention.AttentionSpec.Window;

/** What is timed on a GPU runs on the CPU as well. */
class DeviceRunTest {
    private static final Heads HEADS = new Heads(2, 2, 8);

    static Stream<OperatorCase> cases() {
        return Stream.of(new MlstmCase(HEADS, 33, false), new AttentionCase(HEADS, 33, new Window(8, 2)),
                new HybridCase(HEADS, 17, new Window(8, 2)), new RopeCase(HEADS, 9), new RmsNormCase(5, 16),
                new LinearCase(6, 16), new ProductCase(2, 3, 5), new SwiGluCase(6, 8, 24), new EmbeddingCase(7, 8, 30),
                new HeadLossCase(6, 8, 40, 4));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyArrayIsComputed(OperatorCase of) {
        for (var type : List.of(DataType.FLOAT, DataType.BFLOAT16)) {
            for (var direction : of.directions()) {
                try (var run = Form.with(Form.CPU, () -> DeviceRun.of(of, direction, type))) {
                    run.run();
                    var outputs = run.written();
                    assertThat(outputs).as("%s %s %s", of, type, direction).isNotEmpty()
                            .allSatisfy(array -> assertThat(array.isNaN().any()).isFalse());
                }
            }
        }
    }
}
