package org.xlstm4j.ops.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;

class CpuLinearTest extends LinearContract {
    @Override
    protected Form form() {
        return Form.CPU;
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

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 300})
    void severalMapsAreSound(int rows) {
        var given = Several.random(rows, 300, 270, 70, 7);
        FusedOps.assertSound(several(given), given.names());
    }

    @Test
    void severalMapsAreOneOpAndTheirGradientsAnother() {
        var given = Several.random(7, 5, 3, 4, 2);
        var graph = several(given, "weight1");
        graph.gradients(List.of("x"));
        var ops = graph.sd().getFunction("grad").getOps().values().stream().map(op -> op.getOp()).toList();
        assertThat(ops).filteredOn(LinearOp.class::isInstance).hasSize(1);
        assertThat(ops).filteredOn(LinearGradientOp.class::isInstance).singleElement()
                .satisfies(op -> assertThat(((LinearGradientOp) op).outputVariables()).hasSize(3));
    }

    @Test
    void severalMapsWithBiasesAreSoundAndOneOp() {
        var given = Several.random(40, 30, 27, 7);
        var biases = given.weights().stream().map(weight -> new RandomArrays(2).normal(weight.size(0))).toList();
        var graph = severalBiased(given, biases);
        var names = List.of("x", "weight0", "weight1", "bias0", "bias1");
        FusedOps.assertSound(graph, names);
        graph.gradients(names);
        var ops = graph.sd().getFunction("grad").getOps().values().stream().map(op -> op.getOp()).toList();
        assertThat(ops).filteredOn(LinearOp.class::isInstance).hasSize(1);
        assertThat(ops).filteredOn(LinearGradientOp.class::isInstance).hasSize(1);
    }

    @Test
    void gradientsOfConstantsAreNotComputed() {
        var given = Case.random(7, 5, 3);
        var graph = Form.with(form(), () -> {
            var built = new GraphUnderTest(dataType());
            built.output("output", Linear.apply(built.input("x", given.x()),
                    built.constant("frozen", given.weight())), given.upstream());
            return built;
        });
        graph.gradients(List.of("x"));
        var gradient = graph.sd().getFunction("grad").getOps().values().stream()
                .map(op -> op.getOp()).filter(LinearGradientOp.class::isInstance).findFirst().orElseThrow();
        assertThat(gradient.outputVariables()).hasSize(1);
    }

    @Test
    void constantThatBecomesTrainableGetsItsGradient() {
        var given = Case.random(7, 5, 3);
        var graph = Form.with(form(), () -> {
            var built = new GraphUnderTest(dataType());
            built.output("output", Linear.apply(built.input("x", given.x()),
                    built.constant("weight", given.weight())), given.upstream());
            return built;
        });
        graph.gradients(List.of("x"));
        graph.sd().convertToVariable(graph.sd().getVariable("weight"));
        assertClose(graph.gradients(List.of("weight")), Map.of("dweight", given.dWeight()), tolerance(), "thawed");
    }
}
