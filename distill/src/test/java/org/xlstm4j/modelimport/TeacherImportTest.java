package org.xlstm4j.modelimport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.Fixtures;
import org.xlstm4j.checkpoint.UnsupportedModelException;
import org.xlstm4j.layers.HybridAttentionLayer;
import org.xlstm4j.layers.MLSTMLayer;
import org.xlstm4j.layers.SlidingWindowAttentionLayer;
import org.xlstm4j.layers.WindowedLayer;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.HybridConfig.Memory;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.model.SlidingLayers;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.model.Traits;
import org.xlstm4j.model.Traits.Biases;
import org.xlstm4j.model.Traits.Norms;
import org.xlstm4j.model.Traits.QueryKeyNorm;
import org.xlstm4j.ops.rope.RopeScaling;
import org.xlstm4j.ops.rope.RopeSpec;

class TeacherImportTest {
    private static final int TIME = 21;
    private static final HybridConfig HYBRID = new HybridConfig(6, 2, 8);

    /** Teachers of every kind of layer, and their students. */
    static Stream<CausalLm> models() throws IOException {
        var models = Stream.<CausalLm>builder();
        for (var name : List.of("llama3-tied", "llama31-ropescaled", "teacher-llama-1m", "qwen25", "qwen3", "olmo2")) {
            models.add(TeacherImport.importCausalLm(Fixtures.folder(name)));
            models.add(DecoderNets.withNoise(TeacherImport.importStudent(Fixtures.folder(name), HYBRID)));
        }
        return models.add(DecoderNets.withNoise(CausalLm.random(sliding(), 0.2, 1))).build();
    }

    /** A window in layer 1, with a RoPE of its own. */
    private static ModelConfig sliding() {
        var windows = new SlidingLayers(List.of(1), 5, RopeSpec.of(6, 100));
        return new ModelConfig("mistral", 50, 24, 32, 3, 4, 2, 6, 64, 1e-5, RopeSpec.of(6, 10_000), true,
                new Traits(Norms.BEFORE, QueryKeyNorm.PER_HEAD, Biases.ALL), Optional.of(windows), Optional.empty());
    }

    /** What each layer's mixer reads and what it gives, projected: pairs of [batch, hiddenSize, time]. */
    private static List<INDArray[]> mixers(CausalLm model) {
        var random = new Random(5);
        var batch = TokenBatch.leftPadded(List.of(random.ints(TIME, 0, 50).toArray(),
                random.ints(TIME, 0, 50).toArray()), TIME);
        var graph = LmGraph.of(model, TIME, name -> false);
        var wanted = Stream.concat(graph.normed().stream(), graph.mixed().stream()).toList();
        var values = graph.output(batch, wanted);
        return Stream.iterate(0, layer -> layer + 1).limit(model.config().layers()).map(layer -> {
            var mixed = values.get(graph.mixed().get(layer).name());
            var names = ParameterNames.layer(layer);
            var projected = mixed.mmul(model.parameters().get(names.output()).transpose());
            if (model.parameters().containsKey(names.outputBias())) {
                projected.addiRowVector(model.parameters().get(names.outputBias()));
            }
            return new INDArray[] {sequences(values.get(graph.normed().get(layer).name())), sequences(projected)};
        }).toList();
    }

    private static INDArray sequences(INDArray rows) {
        return rows.reshape(2, TIME, rows.size(1)).permute(0, 2, 1).dup('c');
    }

    private static void assertClose(INDArray actual, INDArray expected) {
        assertThat(expected.amaxNumber().doubleValue()).isGreaterThan(1e-2);
        assertThat(Fixtures.floats(actual)).containsExactly(Fixtures.floats(expected), within(1e-5f));
    }

    @ParameterizedTest
    @MethodSource("models")
    void layerOfANetworkComputesWhatTheModelsLayerDoes(CausalLm model) throws Exception {
        var mixers = mixers(model);
        for (int layer = 0; layer < model.config().layers(); layer++) {
            var network = DecoderNets.network(model.config().hiddenSize(),
                    TeacherImport.importLayerConfiguration(model.config(), layer));
            var mixer = mixers.get(layer);
            network.output(mixer[0]);
            TeacherImport.importLayer(model, layer, network, 0);
            assertClose(network.feedForward(mixer[0]).get(1), mixer[1]);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void layerOfAGraphComputesWhatTheModelsLayerDoes(CausalLm model) throws Exception {
        var graph = DecoderNets.graph(model.config().hiddenSize(),
                TeacherImport.importLayerConfiguration(model.config(), 1));
        TeacherImport.importLayer(model, 1, graph, "attention");
        var mixer = mixers(model).get(1);
        assertClose(graph.feedForward(mixer[0], false).get("attention"), mixer[1]);
    }

    @Test
    void layerWithoutOutputProjectionComputesWhatIsProjected() throws Exception {
        var model = TeacherImport.importCausalLm(Fixtures.TIED);
        var network = DecoderNets.network(64, new SlidingWindowAttentionLayer.Builder().nOut(64).nHeads(4)
                .nKeyValueHeads(2).window(600).ropeTheta(500_000).outputProjection(false).build());
        TeacherImport.importLayer(model, 2, network, 0);
        var mixer = mixers(model).get(2);
        var inner = network.feedForward(mixer[0]).get(1);
        var rows = inner.permute(0, 2, 1).dup('c').reshape(2 * TIME, 64);
        var output = model.parameters().get(ParameterNames.layer(2).output());
        assertClose(sequences(rows.mmul(output.transpose())), mixer[1]);
    }

    @Test
    void sameDiffVariablesAreNamedAsInTheCheckpoint() throws IOException {
        var graph = TeacherImport.importSameDiff(Fixtures.SHARDED, 4).sameDiff();
        try (var weights = Checkpoint.open(Fixtures.SHARDED).weights()) {
            var names = weights.names().stream().filter(name -> !name.equals(ParameterNames.HEAD)).toList();
            assertThat(names).hasSize(29);
            for (var name : names) {
                assertThat(Fixtures.floats(graph.getVariable(name).getArr())).as(name)
                        .isEqualTo(Fixtures.floats(weights.readFloat32(name)));
            }
        }
    }

    @Test
    void studentHasItsTeachersParametersAndAMixersOfItsOwn() throws IOException {
        var teacher = TeacherImport.importCausalLm(Fixtures.TIED);
        var student = TeacherImport.importStudent(Fixtures.TIED, HYBRID);
        assertThat(student.config()).isEqualTo(teacher.config().withHybrid(HYBRID));
        teacher.parameters().forEach((name, array) -> assertThat(Fixtures.floats(student.parameters().get(name)))
                .as(name).isEqualTo(Fixtures.floats(array)));
    }

    @Test
    void settingsThatDoNotFitAreNamed() throws Exception {
        var model = TeacherImport.importCausalLm(Fixtures.TIED);
        var network = DecoderNets.network(60, new SlidingWindowAttentionLayer.Builder().nOut(32).nHeads(2)
                .biases(Biases.ALL).window(100).ropeTheta(10_000).build());
        assertThatThrownBy(() -> TeacherImport.importLayer(model, 1, network, 0))
                .isInstanceOf(InvalidLayerException.class)
                .hasMessage("layer 0 of the network is not set up as layer 1 of the model: nIn is 60 instead of 64; "
                        + "nOut is 32 instead of 64; nHeads is 2 instead of 4; biases is ALL instead of NONE;"
                        + " ropeTheta is 10000.0 instead of 500000.0; window is 100, less than the 512 tokens that the model's layer sees;"
                        + " TeacherImport.importLayerConfiguration gives the settings");
    }

    @Test
    void normsThatDoNotFitAreNamed() throws Exception {
        var model = TeacherImport.importCausalLm(Fixtures.folder("qwen3"));
        var network = DecoderNets.network(64, layer(64).nKeyValueHeads(2).headSize(32).window(512).ropeTheta(1e6)
                .queryKeyNorm(QueryKeyNorm.WHOLE).normEps(1e-5).ropeScaling(new RopeScaling.Linear(2)).build());
        assertThatThrownBy(() -> TeacherImport.importLayer(model, 0, network, 0))
                .isInstanceOf(InvalidLayerException.class).hasMessageContaining("of the model: queryKeyNorm is WHOLE"
                        + " instead of PER_HEAD; normEps is 1.0E-5 instead of 1.0E-6;"
                        + " ropeScaling is Linear[factor=2.0] instead of None[];");
    }

    @Test
    void otherWindowIsNoneOfTheModels() throws Exception {
        var teacher = CausalLm.random(sliding(), 0.2, 1);
        var student = TeacherImport.importStudent(Fixtures.TIED, HYBRID);
        var windowed = DecoderNets.network(24, layer(24).nKeyValueHeads(2).headSize(6).ropeTheta(100)
                .queryKeyNorm(QueryKeyNorm.PER_HEAD).normEps(1e-5).biases(Biases.ALL)
                .window(64).sinks(1).build());
        assertThatThrownBy(() -> TeacherImport.importLayer(teacher, 1, windowed, 0))
                .hasMessageContaining("window is 64 instead of 5; sinks is 1 instead of 0");
        var hybrid = DecoderNets.network(64, new HybridAttentionLayer.Builder().nOut(64).nHeads(4).nKeyValueHeads(2)
                .ropeTheta(500_000).window(7).sinks(1).build());
        assertThatThrownBy(() -> TeacherImport.importLayer(student, 0, hybrid, 0))
                .hasMessageContaining("window is 7 instead of 6; sinks is 1 instead of 2");
    }

    private static SlidingWindowAttentionLayer.Builder layer(int width) {
        return new SlidingWindowAttentionLayer.Builder().nOut(width).nHeads(4);
    }

    @Test
    void layersOfOtherKindsAreNamed() throws Exception {
        var teacher = TeacherImport.importCausalLm(Fixtures.TIED);
        var student = TeacherImport.importStudent(Fixtures.TIED, HYBRID);
        var network = DecoderNets.network(64, layer(64).window(512).build(),
                new MLSTMLayer.Builder().nOut(64).nHeads(4).build());
        assertThatThrownBy(() -> TeacherImport.importLayer(student, 2, network, 0))
                .isInstanceOf(InvalidLayerException.class).hasMessage("layer 0 of the network is a"
                        + " SlidingWindowAttentionLayer, but layer 2 of a student is a HybridAttentionLayer");
        assertThatThrownBy(() -> TeacherImport.importLayer(teacher, 0, network, 1))
                .isInstanceOf(InvalidLayerException.class)
                .hasMessageStartingWith("layer 1 of the network is a MLSTMLayer, which cannot stand for");
    }

    @Test
    void studentsThatLackPartsHaveNoLayerOfTheirKind() throws Exception {
        var teacher = Checkpoint.open(Fixtures.TIED).config();
        assertThatThrownBy(() -> TeacherImport.importLayerConfiguration(
                teacher.withHybrid(new HybridConfig(Memory.MLSTM, 0, 0, 8)), 0))
                .isInstanceOf(InvalidLayerException.class).hasMessageContaining("no window");
        assertThatThrownBy(() -> TeacherImport.importLayerConfiguration(
                teacher.withHybrid(new HybridConfig(Memory.LINEAR, 6, 2, 8)), 0))
                .isInstanceOf(InvalidLayerException.class).hasMessageContaining("no gates");
    }

    @Test
    void layersThatAreNotThereAreNamed() throws Exception {
        var model = TeacherImport.importCausalLm(Fixtures.TIED);
        WindowedLayer layer = TeacherImport.importLayerConfiguration(model.config(), 0);
        var network = DecoderNets.network(64, layer);
        var graph = DecoderNets.graph(64, layer);
        assertThatThrownBy(() -> TeacherImport.importLayer(model, 3, network, 0))
                .isInstanceOf(InvalidLayerException.class).hasMessageContaining("no layer 3, its layers are 0 to 2");
        assertThatThrownBy(() -> TeacherImport.importLayer(model, 0, network, 2))
                .isInstanceOf(InvalidLayerException.class).hasMessageContaining("no layer 2, its layers are 0 to 1");
        assertThatThrownBy(() -> TeacherImport.importLayer(model, 0, graph, "mixer"))
                .isInstanceOf(InvalidLayerException.class)
                .hasMessageContaining("no layer 'mixer', its vertices are [attention, out]");
        var bare = new MultiLayerNetwork(network.getLayerWiseConfigurations().clone());
        assertThatThrownBy(() -> TeacherImport.importLayer(model, 0, bare, 0))
                .isInstanceOf(InvalidLayerException.class).hasMessageContaining("call init() first");
    }

    @Test
    void netThatWouldRoundIsRefused() throws Exception {
        var model = TeacherImport.importCausalLm(Fixtures.TIED);
        var network = DecoderNets.network(DataType.HALF, 64,
                TeacherImport.importLayerConfiguration(model.config(), 0));
        assertThatThrownBy(() -> TeacherImport.importLayer(model, 0, network, 0))
                .isInstanceOf(InvalidLayerException.class).hasMessageContaining("parameters of HALF");
    }

    @Test
    void folderOfAnotherFamilyIsRefused(@TempDir Path temporary) throws IOException {
        var copy = Fixtures.copy(Fixtures.TIED, temporary);
        Fixtures.edit(copy.resolve("config.json"), "\"model_type\": \"llama\"", "\"model_type\": \"gpt2\"");
        assertThatThrownBy(() -> TeacherImport.importCausalLm(copy))
                .isInstanceOf(UnsupportedModelException.class);
    }
}
