package org.xlstm4j.ops.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.norm.RmsNorm;

/** What happens where ND4J runs with its own executioner: surefire runs this class in a process of that kind. */
@Tag("stock-executioner")
class StockExecutionerTest {

    @Test
    void javaOpFailsAndSaysWhy() {
        assertThat(JavaOp.canRun()).isFalse();
        var x = PowerGraph.matrix(1, 2);
        var reason = "xlstm4j_test_power is a Java op, but ND4J runs with";
        assertThatThrownBy(() -> Nd4j.exec(new PowerOp(x, x, 2, 1))).hasStackTraceContaining(reason);
        assertThatThrownBy(() -> PowerGraph.outputs(PowerGraph.of(true, x).sd(), x)).hasStackTraceContaining(reason);
    }

    @Test
    void operatorsAreComposed() {
        var sd = SameDiff.create();
        var x = PowerGraph.matrix(1, 2);
        Form.with(Form.CPU, () -> RmsNorm.apply(sd.placeHolder("x", DataType.FLOAT, -1, 3),
                sd.constant(Nd4j.ones(DataType.FLOAT, 3)), 1e-6).rename("y"));
        assertThat(sd.getOps().values()).noneMatch(op -> op.getOp() instanceof JavaOp);
        assertThat(sd.output(Map.of("x", x), "y").get("y").shape()).containsExactly(2, 3);
    }
}
