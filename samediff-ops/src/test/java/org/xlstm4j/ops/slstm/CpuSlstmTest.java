package org.xlstm4j.ops.slstm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.graph.JavaOp;
import org.xlstm4j.ops.slstm.SlstmSpec.ForgetGate;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.GraphUnderTest;

class CpuSlstmTest extends SlstmContract {
    @BeforeEach
    void runsOnCpu() {
        assumeThat(JavaOp.isOnCpu()).isTrue();
    }

    @Override
    protected SlstmOutput build(SlstmSpec spec, SlstmInputs inputs) {
        return Form.with(Form.CPU, () -> Slstm.withState(spec, inputs));
    }

    @Override
    protected List<DataType> dataTypes() {
        return List.of(DataType.FLOAT);
    }

    @ParameterizedTest
    @EnumSource
    void isSound(ForgetGate forgetGate) {
        var given = SlstmCase.random(spec(forgetGate, 21), 3, 41).withRandomInitial(42).withRandomStateUpstream(43);
        FusedOps.assertSound(graph(given, DataType.FLOAT), given.differentiated());
    }

    @ParameterizedTest
    @EnumSource
    void matchesTheComposedFormOfAWideHead(ForgetGate forgetGate) {
        var given = SlstmCase.random(new SlstmSpec(2, 24, 67, forgetGate), 3, 44).withRandomInitial(45)
                .withRandomStateUpstream(46).roundedTo(DataType.FLOAT);
        var composed = new ComposedSlstmTest().graph(given, DataType.DOUBLE).run(given.differentiated());
        assertClose(evaluate(given, DataType.FLOAT), composed, 1e-4, "wide");
    }

    /** Whose gradients are wanted decides what is computed, not what comes out. */
    @Test
    void frozenWeightsAndGatesLeaveTheOtherGradientsAlone() {
        var given = SlstmCase.random(spec(ForgetGate.SIGMOID, 6), 2, 47);
        var all = evaluate(given, DataType.FLOAT);
        for (var trained : List.of("gates", "recurrent")) {
            var graph = new GraphUnderTest(DataType.FLOAT);
            var gates = trained.equals("gates") ? graph.parameter("gates", given.get("gates"))
                    : graph.constant("gates", given.get("gates"));
            var recurrent = trained.equals("recurrent") ? graph.parameter("recurrent", given.get("recurrent"))
                    : graph.constant("recurrent", given.get("recurrent"));
            graph.output("rows", Form.with(Form.CPU,
                    () -> Slstm.hidden(given.spec(), new SlstmInputs(gates, recurrent))), given.get("drows"));
            var expected = new LinkedHashMap<>(all);
            expected.keySet().retainAll(List.of("rows", "d" + trained));
            assertClose(graph.run(List.of(trained)), expected, 1e-6, trained);
        }
    }

    @Test
    void logarithmIsRightToTheLastBits() {
        for (float x = 0; x <= 1; x += 1f / 1024) {
            assertThat((double) SlstmUnits.logOnePlus(x)).isCloseTo(Math.log1p(x), offset(1.5e-7));
        }
    }

    @Test
    void unsuitableShapesAreNamed() {
        var given = SlstmCase.random(spec(ForgetGate.SIGMOID, 6), 2, 48);
        assertThatThrownBy(() -> evaluate(given.with("recurrent", Nd4j.ones(DataType.DOUBLE, 4, 2, 3, 4)),
                DataType.FLOAT)).hasStackTraceContaining(
                "the sLSTM needs recurrent weights of shape [4, 2, 3, 3], got [4, 2, 3, 4]");
        assertThatThrownBy(() -> evaluate(given.withMask(new int[][] {{1, 1, 1}, {1, 1, 1}}), DataType.FLOAT))
                .hasStackTraceContaining("the sLSTM needs mask of shape [2, 6], got [2, 3]");
    }
}
