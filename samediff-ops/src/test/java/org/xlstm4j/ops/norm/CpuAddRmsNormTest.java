package org.xlstm4j.ops.norm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.GraphUnderTest;

class CpuAddRmsNormTest extends AddRmsNormContract {
    @Override
    protected Form form() {
        return Form.CPU;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    @ParameterizedTest
    @CsvSource({"1, 63", "2, 2", "100, 9", "513, 33"})
    void isSound(int rows, int width) {
        FusedOps.assertSound(graph(Case.random(rows, width)), NAMES);
        FusedOps.assertSound(graph(Case.random(rows, width).readingOnly(false)), NAMES);
    }

    @Test
    void bothTermsShareOneGradient() {
        var graph = graph(Case.random(3, 7));
        graph.gradients(NAMES);
        assertThat(graph.sd().getVariable("x").getGradient().name())
                .isEqualTo(graph.sd().getVariable("update").getGradient().name());
    }

    @Test
    void zerosInPlaceOfTheSumsGradientAreNotRead() {
        assertThat(gradientOp(graph(Case.random(3, 7))).args()).hasSize(4);
        assertThat(gradientOp(graph(Case.random(3, 7).readingOnly(false))).args()).hasSize(3);
    }

    private static DifferentialFunction gradientOp(GraphUnderTest graph) {
        graph.gradients(NAMES);
        return graph.sd().getFunction("grad").getOps().values().stream().map(op -> op.getOp())
                .filter(RmsNormGradientOp.class::isInstance).findFirst().orElseThrow();
    }
}
