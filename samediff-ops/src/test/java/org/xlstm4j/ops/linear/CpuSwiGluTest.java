package org.xlstm4j.ops.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.GraphUnderTest;

class CpuSwiGluTest extends SwiGluContract {
    @Override
    protected Form form() {
        return Form.CPU;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    /** Rows and features beyond one tile, and beyond what is computed at a time. */
    @ParameterizedTest
    @CsvSource({"1, 63, 257", "2, 1, 2", "8, 33, 129", "63, 33, 128", "300, 63, 150", "513, 7, 129", "1030, 9, 33"})
    void agreesWithTheComposedFormInFloat64(int rows, int hidden, int intermediate) {
        var given = Case.random(rows, hidden, intermediate);
        assertClose(graph(given).run(NAMES),
                graph(Form.COMPOSED, new GraphUnderTest(DataType.DOUBLE), given, List.of()).run(NAMES), tolerance(),
                rows + " rows");
    }

    @ParameterizedTest
    @CsvSource({"1, 9, 300", "600, 9, 300"})
    void isSound(int rows, int hidden, int intermediate) {
        FusedOps.assertSound(graph(Case.random(rows, hidden, intermediate)), NAMES);
    }

    @Test
    void gradientsOfConstantsAreNotComputed() {
        var graph = graph(Case.random(5, 3, 7), List.of("gate", "up", "down"));
        graph.gradients(List.of("x"));
        var gradient = graph.sd().getFunction("grad").getOps().values().stream().map(op -> op.getOp())
                .filter(SwiGluGradientOp.class::isInstance).findFirst().orElseThrow();
        assertThat(gradient.outputVariables()).hasSize(1);
    }
}
