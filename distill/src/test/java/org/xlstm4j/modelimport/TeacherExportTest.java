package org.xlstm4j.modelimport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.xlstm4j.checkpoint.Fixtures;
import org.xlstm4j.checkpoint.StoredTensor;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.HybridConfig.Memory;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.loss.HeadLoss;
import org.xlstm4j.safetensors.DType;

class TeacherExportTest {
    private static final HybridConfig HYBRID = new HybridConfig(6, 2, 8);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"llama3-tied", "llama31-ropescaled", "teacher-llama-1m", "qwen25", "qwen3", "olmo2"})
    void whatWasOnlyImportedComesOutAsItWas(String name) throws IOException {
        var source = Fixtures.folder(name);
        var model = TeacherImport.importCausalLm(source);
        var written = TeacherExport.exportCausalLm(model, source, folder.resolve("copy"));
        assertThat(StoredTensor.changed(written.folder(), source)).isEmpty();
        Fixtures.assertSameBits(TeacherImport.importCausalLm(written.folder()), model);
        assertThat(json(written.folder())).isEqualTo(json(source));
        assertThat(written.folder().resolve("generation_config.json"))
                .hasSameBinaryContentAs(source.resolve("generation_config.json"));
    }

    private static JsonNode json(Path checkpoint) throws IOException {
        return new ObjectMapper().readTree(checkpoint.resolve("config.json").toFile());
    }

    /** All parameters of these layers' attention. */
    private static Set<String> attention(CausalLm model, int... layers) {
        return model.parameters().keySet().stream().filter(name -> Arrays.stream(layers).anyMatch(layer ->
                name.startsWith(ParameterNames.layer(layer).prefix() + "self_attn."))).collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3-tied", "teacher-llama-1m", "qwen25", "qwen3", "olmo2"})
    void layersTrainedInANetworkAreExported(String name) throws Exception {
        var source = Fixtures.folder(name);
        var model = TeacherImport.importCausalLm(source);
        int width = model.config().hiddenSize();
        var network = DecoderNets.network(width, TeacherImport.importLayerConfiguration(model.config(), 2),
                TeacherImport.importLayerConfiguration(model.config(), 0));
        TeacherImport.importLayer(model, 2, network, 0);
        TeacherImport.importLayer(model, 0, network, 1);
        for (int step = 0; step < 3; step++) {
            network.fit(DecoderNets.data(width, 12));
        }
        TeacherExport.exportLayer(network, 0, model, 2);
        TeacherExport.exportLayer(network, 1, model, 0);

        var names = ParameterNames.layer(2);
        assertThat(Fixtures.floats(model.parameters().get(names.key())))
                .isEqualTo(Fixtures.floats(network.getParam("0_Wk")));
        assertThat(Fixtures.floats(model.parameters().get(names.output())))
                .isEqualTo(Fixtures.floats(network.getParam("0_Wo")));
        var written = TeacherExport.exportCausalLm(model, source, folder.resolve("trained"));
        assertThat(StoredTensor.changed(written.folder(), source)).isEqualTo(attention(model, 0, 2));
        var again = TeacherImport.importCausalLm(written.folder());
        var rewritten = TeacherExport.exportCausalLm(again, written.folder(), folder.resolve("again"));
        assertThat(StoredTensor.of(rewritten.folder())).isEqualTo(StoredTensor.of(written.folder()));
    }

    @Test
    void netInDoubleBringsBackTheSameBits() throws Exception {
        var model = TeacherImport.importCausalLm(Fixtures.TIED);
        var network = DecoderNets.network(DataType.DOUBLE, 64,
                TeacherImport.importLayerConfiguration(model.config(), 1));
        TeacherImport.importLayer(model, 1, network, 0);
        var other = model.copy();
        other.parameters().values().forEach(array -> array.assign(0));
        TeacherExport.exportLayer(network, 0, other, 1);
        for (var name : attention(model, 1)) {
            assertThat(Fixtures.floats(other.parameters().get(name))).isEqualTo(
                    Fixtures.floats(model.parameters().get(name)));
        }
    }

    /** The example of the README, word for word. */
    @Test
    void readmesExampleRuns() throws Exception {
        var teacher = Fixtures.TEACHER;
        var trained = folder.resolve("trained");
        var data = DecoderNets.data(128, 12);
        var model = TeacherImport.importCausalLm(teacher);  // or importStudent(teacher, HybridConfig.of(512, 4))
        var network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder().list()
                .layer(TeacherImport.importLayerConfiguration(model.config(), 0))
                .layer(new RnnOutputLayer.Builder(LossFunction.MCXENT).nOut(3).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.recurrent(model.config().hiddenSize()))
                .build());
        network.init();
        TeacherImport.importLayer(model, 0, network, 0);
        network.fit(data);
        TeacherExport.exportLayer(network, 0, model, 0);
        TeacherExport.exportCausalLm(model, teacher, trained);
        assertThat(StoredTensor.changed(trained, teacher)).isEqualTo(attention(model, 0));
    }

    @Test
    void studentsLayerTrainedInAGraphIsExported() throws Exception {
        var student = TeacherImport.importStudent(Fixtures.TEACHER, HYBRID);
        var start = TeacherExport.exportCausalLm(student, Fixtures.TEACHER, folder.resolve("start")).folder();
        Fixtures.assertSameBits(TeacherImport.importCausalLm(start), student);
        var tensors = StoredTensor.of(start);
        var teachers = StoredTensor.of(Fixtures.TEACHER);
        tensors.forEach((name, tensor) -> {
            if (ParameterNames.isMixer(name)) {
                assertThat(tensor.dtype()).as(name).isEqualTo(DType.F32);
            } else {
                assertThat(tensor).as(name).isEqualTo(teachers.get(name));
            }
        });
        assertThat(tensors).hasSize(teachers.size() + 8 * student.config().layers());

        var graph = DecoderNets.graph(128, TeacherImport.importLayerConfiguration(student.config(), 3));
        TeacherImport.importLayer(student, 3, graph, "attention");
        for (int step = 0; step < 3; step++) {
            graph.fit(DecoderNets.data(128, 12));
        }
        var file = folder.resolve("graph.zip").toFile();
        ModelSerializer.writeModel(graph, file, true);
        TeacherExport.exportLayer(ModelSerializer.restoreComputationGraph(file), "attention", student, 3);
        var trained = TeacherExport.exportCausalLm(student, start, folder.resolve("trained")).folder();
        var names = ParameterNames.layer(3);
        // An input gate's bias scales the memory and its normalizer alike: it has no gradient but rounding.
        var expected = attention(student, 3);
        expected.remove(names.inputGateBias());
        assertThat(StoredTensor.changed(trained, start)).containsAll(expected)
                .allMatch(name -> expected.contains(name) || name.equals(names.inputGateBias()));
        assertThat(Fixtures.floats(TeacherImport.importCausalLm(trained).parameters()
                .get(names.outputGateBias()))).isEqualTo(Fixtures.floats(
                        graph.getParam("attention_bg")));
    }

    /** A step of SameDiff's own training, on the cross entropy of the next token. */
    private static void fit(LmGraph graph) {
        var sd = graph.sameDiff();
        var targets = sd.getVariable(LmGraph.IDS).reshape(-1);
        HeadLoss.crossEntropy(graph.last(), graph.head(), targets).mean().markAsLoss();
        sd.setTrainingConfig(new TrainingConfig.Builder().updater(new Sgd(0.5))
                .dataSetFeatureMapping(LmGraph.IDS, LmGraph.POSITIONS, LmGraph.SEGMENTS).markLabelsUnused().build());
        var feed = LmGraph.feed(TokenBatch.leftPadded(List.of(new int[] {5, 6, 7, 8}, new int[] {9, 8, 7, 6}), 4));
        sd.fit(new MultiDataSet(new INDArray[] {feed.get(LmGraph.IDS), feed.get(LmGraph.POSITIONS),
            feed.get(LmGraph.SEGMENTS)}, new INDArray[0]));
    }

    @Test
    void graphTrainedBySameDiffIsExported() throws IOException {
        var lm = TeacherImport.importSameDiff(Fixtures.TIED, 4);
        fit(lm);
        var written = TeacherExport.exportSameDiff(lm.sameDiff(), Fixtures.TIED, folder.resolve("trained"));
        assertThat(StoredTensor.changed(written.folder(), Fixtures.TIED)).hasSize(29);
        TeacherImport.importCausalLm(written.folder()).parameters().forEach((name, array) ->
                assertThat(Fixtures.floats(array)).as(name)
                        .isEqualTo(Fixtures.floats(lm.sameDiff().getVariable(name).getArr())));
    }

    @Test
    void graphThatWasSavedIsExported() throws IOException {
        var lm = TeacherImport.importSameDiff(Fixtures.SHARDED, 4);
        var file = folder.resolve("graph.fb").toFile();
        lm.sameDiff().save(file, false);
        var written = TeacherExport.exportSameDiff(SameDiff.load(file, false), Fixtures.SHARDED,
                folder.resolve("copy"));
        assertThat(StoredTensor.changed(written.folder(), Fixtures.SHARDED)).isEmpty();
    }

    @Test
    void graphOfAStudentThatLacksPartsIsExported() throws IOException {
        var linear = new HybridConfig(Memory.LINEAR, 0, 0, 8);
        var student = TeacherImport.importStudent(Fixtures.TIED, linear);
        var folder = TeacherExport.exportCausalLm(student, Fixtures.TIED, this.folder.resolve("student")).folder();
        var graph = TeacherImport.importSameDiff(folder, 5).sameDiff();
        var written = TeacherExport.exportSameDiff(graph, folder, this.folder.resolve("again"));
        assertThat(written.config().hybrid()).contains(linear);
        assertThat(StoredTensor.of(written.folder())).isEqualTo(StoredTensor.of(folder));
    }

    @Test
    void graphOfAnotherModelIsRefused() throws IOException {
        var student = TeacherImport.importStudent(Fixtures.TIED, HYBRID);
        var graph = LmGraph.of(student, 4, name -> false).sameDiff();
        assertThatThrownBy(() -> TeacherExport.exportSameDiff(graph, Fixtures.TIED, folder.resolve("x")))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("q_features.weight is unexpected");
        assertThatThrownBy(() -> TeacherExport.exportSameDiff(SameDiff.create(), Fixtures.TIED, folder.resolve("x")))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("model.norm.weight is missing");
        assertThat(folder).isEmptyDirectory();
    }
}
