package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.xlstm4j.model.Traits.Biases;
import org.xlstm4j.model.Traits.QueryKeyNorm;
import org.xlstm4j.ops.rope.RopeScaling;

class SlidingWindowAttentionLayerTest extends LayerContract {

    @Override
    Layer layer() {
        return builder().build();
    }

    private static SlidingWindowAttentionLayer.Builder builder() {
        return new SlidingWindowAttentionLayer.Builder().nOut(WIDTH).nHeads(2).window(2).sinks(1);
    }

    private static INDArray changedSteps(SlidingWindowAttentionLayer layer, int changedStep, int time) {
        var net = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer);
        INDArray input = Nets.input(DataType.DOUBLE, 1, WIDTH, time, 3);
        INDArray before = hidden(net, input, null);
        input.get(all(), all(), point(changedStep)).addi(1);
        return hidden(net, input, null).sub(before).norm1(0, 1).gt(1e-9).castTo(DataType.DOUBLE);
    }

    @Test
    void maskWithGapIsRefused() {
        var net = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer());
        INDArray input = Nets.input(DataType.DOUBLE, 1, WIDTH, 5, 3);
        assertThatThrownBy(() -> hidden(net, input, Nd4j.create(new double[][] {{0, 1, 0, 1, 0}})))
                .hasMessageContaining("needs masks without gaps, example 0 has 2 steps between 1 and 3");
    }

    @Test
    void stepIsSeenAsFarAsTheWindowReaches() {
        assertThat(changedSteps(builder().window(3).sinks(0).build(), 1, 6).toDoubleVector())
                .containsExactly(0, 1, 1, 1, 0, 0);
    }

    @Test
    void sinkIsSeenByAll() {
        assertThat(changedSteps(builder().window(2).sinks(2).build(), 1, 6).toDoubleVector())
                .containsExactly(0, 1, 1, 1, 1, 1);
        assertThat(changedSteps(builder().window(2).sinks(2).build(), 2, 6).toDoubleVector())
                .containsExactly(0, 0, 1, 1, 0, 0);
    }

    /** The first present step is the sink, wherever the mask puts it. */
    @Test
    void sinksAreCountedFromTheFirstPresentStep() {
        var net = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer());
        INDArray input = Nets.input(DataType.DOUBLE, 1, WIDTH, 8, 3);
        INDArray mask = Nets.mask(DataType.DOUBLE, 8, 8);
        mask.get(all(), interval(0, 2)).assign(0);
        INDArray shifted = hidden(net, input, mask).get(all(), all(), interval(2, 8));
        INDArray alone = hidden(net, input.get(all(), all(), interval(2, 8)).dup(), null);
        assertThat(Nets.difference(shifted, alone)).isLessThan(1e-12);
    }

    @Test
    void rotationDependsOnDistanceAlone() {
        var layer = builder().window(8).ropeTheta(100).outputProjection(false).build();
        var net = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer);
        var plain = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH,
                builder().window(8).outputProjection(false).build());
        plain.setParams(net.params());
        INDArray input = Nets.input(DataType.DOUBLE, 1, WIDTH, 8, 3);
        INDArray mask = Nets.mask(DataType.DOUBLE, 8, 8);
        mask.get(all(), interval(0, 3)).assign(0);
        INDArray shifted = hidden(net, input, mask).get(all(), all(), interval(3, 8));
        INDArray tail = input.get(all(), all(), interval(3, 8)).dup();
        assertThat(Nets.difference(shifted, hidden(net, tail, null))).isLessThan(1e-6);
        assertThat(Nets.difference(hidden(plain, tail, null), hidden(net, tail, null))).isGreaterThan(1e-3);
    }

    @Test
    void gradientIsExactWithRotation() {
        Nets.assertExactGradients(WIDTH, Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 1),
                Nets.mask(DataType.DOUBLE, 5, 5, 2), builder().ropeTheta(10).build());
    }

    @Test
    void gradientIsExactWhereHeadsShareKeysAndValues() {
        Nets.assertExactGradients(WIDTH, Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 1),
                Nets.mask(DataType.DOUBLE, 5, 5, 2), builder().nKeyValueHeads(1).ropeTheta(10).build());
    }

    @Test
    void sharedHeadIsTheSameHeadTwice() {
        var shared = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH,
                builder().nKeyValueHeads(1).ropeTheta(10).build());
        var twice = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH,
                builder().ropeTheta(10).build());
        assertThat(shared.getParam("0_Wk").shape()).containsExactly(2, WIDTH);
        shared.paramTable().forEach((name, parameter) -> twice.getParam(name).assign(
                name.equals("0_Wk") || name.equals("0_Wv") ? Nd4j.vstack(parameter, parameter) : parameter));
        INDArray input = Nets.input(DataType.DOUBLE, 2, WIDTH, 6, 3);
        assertThat(Nets.difference(hidden(shared, input, null), hidden(twice, input, null))).isLessThan(1e-12);
    }

    @ParameterizedTest
    @EnumSource(QueryKeyNorm.class)
    void gradientIsExactWithNormsAndBiases(QueryKeyNorm norm) {
        Nets.assertExactGradients(WIDTH, Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 1),
                Nets.mask(DataType.DOUBLE, 5, 5, 2), builder().nKeyValueHeads(1).ropeTheta(10).queryKeyNorm(norm)
                        .normEps(1e-3).biases(Biases.ALL).build());
    }

    @Test
    void biasesStandWhereTheyAreAskedFor() {
        assertThat(biasesOf(Biases.NONE)).isEmpty();
        assertThat(biasesOf(Biases.QUERY_KEY_VALUE)).containsExactlyInAnyOrder("0_bq", "0_bk", "0_bv");
        assertThat(biasesOf(Biases.ALL)).containsExactlyInAnyOrder("0_bq", "0_bk", "0_bv", "0_bo");
    }

    private static List<String> biasesOf(Biases biases) {
        return Nets.sequential(DataType.FLOAT, WorkspaceMode.ENABLED, new NoOp(), WIDTH,
                builder().biases(biases).build()).paramTable().keySet().stream()
                .filter(name -> name.startsWith("0_b")).toList();
    }

    /** Queries and keys of a norm do not grow with their projections. */
    @Test
    void normLeavesNoLength() {
        var net = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH,
                builder().queryKeyNorm(QueryKeyNorm.PER_HEAD).normEps(1e-12).build());
        assertThat(net.getParam("0_Nq").toDoubleVector()).containsExactly(1, 1);
        INDArray input = Nets.input(DataType.DOUBLE, 2, WIDTH, 6, 3);
        INDArray before = hidden(net, input, null);
        net.getParam("0_Wq").muli(7);
        net.getParam("0_Wk").muli(0.2);
        assertThat(Nets.difference(hidden(net, input, null), before)).isLessThan(1e-6);
        net.getParam("0_Nk").muli(3);
        assertThat(Nets.difference(hidden(net, input, null), before)).isGreaterThan(1e-3);
    }

    static Stream<RopeScaling> scalings() {
        return Stream.of(new RopeScaling.None(), new RopeScaling.Linear(2.5), new RopeScaling.Llama3(8, 1, 4, 16),
                new RopeScaling.Yarn(4, 32, 1, 1.25, 16, false));
    }

    @ParameterizedTest
    @MethodSource("scalings")
    void settingsSurviveJsonAndYaml(RopeScaling scaling) {
        var net = Nets.sequential(DataType.FLOAT, WorkspaceMode.ENABLED, new NoOp(), WIDTH,
                builder().nKeyValueHeads(1).ropeTheta(100).ropeScaling(scaling).biases(Biases.ALL)
                        .queryKeyNorm(QueryKeyNorm.WHOLE).normEps(1e-4).build()).getLayerWiseConfigurations();
        var again = MultiLayerConfiguration.fromJson(net.toJson());
        assertThat(again).isEqualTo(net);
        assertThat(MultiLayerConfiguration.fromYaml(net.toYaml())).isEqualTo(net);
        var layer = (WindowedLayer) again.getConf(0).getLayer();
        assertThat(layer.getNKeyValueHeads()).isEqualTo(1);
        assertThat(layer.getRopeScaling()).isEqualTo(scaling);
        assertThat(layer.getBiases()).isEqualTo(Biases.ALL);
        assertThat(layer.getQueryKeyNorm()).isEqualTo(QueryKeyNorm.WHOLE);
        assertThat(layer.getNormEps()).isEqualTo(1e-4);
    }

    @Test
    void scalingIsWhatTurnsQueriesAndKeys() {
        var layer = builder().window(8).ropeTheta(100);
        var plain = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer.build());
        var scaled = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH,
                layer.ropeScaling(new RopeScaling.Linear(2)).build());
        scaled.setParams(plain.params());
        INDArray input = Nets.input(DataType.DOUBLE, 1, WIDTH, 8, 3);
        assertThat(Nets.difference(hidden(scaled, input, null), hidden(plain, input, null))).isGreaterThan(1e-4);
    }

    @Test
    void badSettingsAreNamed() {
        assertThatThrownBy(() -> builder().window(0).build()).hasMessage("window must be at least 1, was 0");
        assertThatThrownBy(() -> builder().sinks(-1).build()).hasMessage("sinks must be at least 0, was -1");
        assertThatThrownBy(() -> builder().headSize(3).ropeTheta(10).build()).hasMessage(
                "headDim must be positive and even for RoPE, was 3");
        assertThatThrownBy(() -> builder().nHeads(3).build()).hasMessage(
                "nOut (4) must be a multiple of nHeads (3), or headSize be set");
        assertThatThrownBy(() -> builder().nKeyValueHeads(3).build()).hasMessage(
                "nHeads (2) must be a multiple of nKeyValueHeads (3)");
        assertThatThrownBy(() -> builder().nKeyValueHeads(0)).hasMessage("nKeyValueHeads must be at least 1, was 0");
        assertThatThrownBy(() -> builder().normEps(0).build()).hasMessage("normEps must be positive, was 0.0");
        assertThatThrownBy(() -> builder().ropeScaling(new RopeScaling.Linear(2)).build())
                .hasMessage("ropeScaling needs a ropeTheta");
    }
}
