package org.xlstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class CausalLmTest {
    @Test
    void everyFaultOfTheParametersIsListed() {
        var config = TinyModels.config();
        var parameters = new LinkedHashMap<>(TinyModels.teacher().parameters());
        parameters.remove(ParameterNames.FINAL_NORM);
        parameters.put(ParameterNames.EMBEDDING, Nd4j.zeros(DataType.FLOAT, 3, 12));
        var query = ParameterNames.layer(1).query();
        parameters.put(query, parameters.get(query).castTo(DataType.DOUBLE));
        parameters.put("extra", Nd4j.zeros(DataType.FLOAT, 1));
        assertThatThrownBy(() -> new CausalLm(config, parameters)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("model.norm.weight is missing")
                .hasMessageContaining("model.embed_tokens.weight is [3, 12] instead of [29, 12]")
                .hasMessageContaining(query + " is DOUBLE instead of FLOAT")
                .hasMessageContaining("extra is unexpected");
    }

    @Test
    void parametersAreInTheOrderOfTheComputation() {
        var config = TinyModels.config();
        var reversed = new LinkedHashMap<String, INDArray>();
        var names = config.parameterShapes().keySet().stream().toList();
        for (int i = names.size() - 1; i >= 0; i--) {
            reversed.put(names.get(i), TinyModels.teacher().parameters().get(names.get(i)));
        }
        assertThat(new CausalLm(config, reversed).parameters().keySet()).containsExactlyElementsOf(names);
    }

    @Test
    void sameSeedGivesTheSameModel() {
        var config = TinyModels.student().config();
        var first = CausalLm.random(config, 0.1, 3);
        assertThat(first.parameters()).isEqualTo(CausalLm.random(config, 0.1, 3).parameters());
        assertThat(first.parameters().get(ParameterNames.EMBEDDING))
                .isNotEqualTo(CausalLm.random(config, 0.1, 4).parameters().get(ParameterNames.EMBEDDING));
        assertThat(first.parameters().get(ParameterNames.FINAL_NORM).minNumber().floatValue()).isEqualTo(1);
        assertThat(first.parameters().get(ParameterNames.layer(0).forgetGateBias()).maxNumber().floatValue()).isZero();
    }

    @Test
    void graphsShareTheModelsArraysEvenWhereViewsWereGiven() {
        var views = new LinkedHashMap<String, INDArray>();
        TinyModels.teacher().parameters().forEach((name, array) ->
                views.put(name, array.reshape(array.length()).reshape(array.shape())));
        assertThat(views.get(ParameterNames.EMBEDDING).isView()).isTrue();
        var model = new CausalLm(TinyModels.config(), views);
        for (boolean trains : new boolean[] {false, true}) {
            var graph = LmGraph.of(model, 3, name -> trains).sameDiff();
            model.parameters().forEach((name, array) ->
                    assertThat(graph.getVariable(name).getArr()).as(name).isSameAs(array));
        }
    }

    @Test
    void copyIsIndependent() {
        var model = TinyModels.teacher();
        var copy = model.copy();
        copy.parameters().get(ParameterNames.EMBEDDING).addi(1);
        assertThat(model.parameters()).isEqualTo(TinyModels.teacher().parameters());
        assertThat(copy.config()).isEqualTo(model.config());
    }

    @Test
    void aTiedHeadCountsOnce() {
        int layer = 2 * 12 + 2 * 24 * 12 + 2 * 12 * 12 + 3 * 20 * 12;
        assertThat(TinyModels.teacher().parameterCount()).isEqualTo(29 * 12 + 2 * layer + 12);
        int mixer = 2 * 4 * 6 * 6 + 2 * (4 * 12 + 4) + 4 * 18 + 4;
        assertThat(TinyModels.student().parameterCount()).isEqualTo(29 * 12 + 2 * (layer + mixer) + 12);
    }

    @Test
    void roundedModelInfersAlikeAndCannotBeTrained() {
        var model = TinyModels.student();
        var rounded = model.rounded(DataType.BFLOAT16);
        assertThat(rounded.type()).isEqualTo(DataType.BFLOAT16);
        assertThat(rounded.copy().type()).isEqualTo(DataType.BFLOAT16);
        var tokens = TinyModels.tokens(7, 1);
        var expected = TinyModels.logits(model, tokens).get(6);
        var actual = TinyModels.logits(rounded, tokens).get(6);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(0.1f));
        }
        assertThatThrownBy(() -> LmGraph.of(rounded, 7, name -> true)).hasMessageContaining("train the float32 model");
        assertThatThrownBy(() -> model.rounded(DataType.DOUBLE)).hasMessageContaining("DOUBLE");
    }
}
