package org.xlstm4j.modelimport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
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
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.CheckpointException;
import org.xlstm4j.checkpoint.Fixtures;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.loss.HeadLoss;
import org.xlstm4j.safetensors.DType;
import org.xlstm4j.safetensors.SafetensorsFile;
import org.xlstm4j.safetensors.SafetensorsWriter;

class TeacherExportTest {
    private static final HybridConfig HYBRID = new HybridConfig(6, 2, 8);

    @TempDir
    Path folder;

    /** Type, shape and bytes of a stored tensor. */
    private record Stored(DType dtype, List<Long> shape, ByteBuffer bytes) {
    }

    private static Map<String, Stored> stored(Path checkpoint) throws IOException {
        var tensors = new TreeMap<String, Stored>();
        for (var path : Checkpoint.open(checkpoint).summary().files()) {
            try (var file = SafetensorsFile.open(path)) {
                for (var name : file.names()) {
                    var info = file.info(name);
                    var bytes = ByteBuffer.allocate((int) info.bytes()).put(file.bytes(name)).flip();
                    tensors.put(name, new Stored(info.dtype(), Arrays.stream(info.shape()).boxed().toList(), bytes));
                }
            }
        }
        return tensors;
    }

    private static void assertSameBits(CausalLm actual, CausalLm expected) {
        assertThat(actual.config()).isEqualTo(expected.config());
        expected.parameters().forEach((name, array) -> assertThat(Fixtures.floats(actual.parameters().get(name)))
                .as(name).isEqualTo(Fixtures.floats(array)));
    }

    /** The tensors whose bytes differ; their names, types and shapes must not. */
    private static Set<String> changed(Path written, Path source) throws IOException {
        var before = stored(source);
        var after = stored(written);
        assertThat(after.keySet()).isEqualTo(before.keySet());
        var changed = new TreeSet<String>();
        after.forEach((name, tensor) -> {
            var old = before.get(name);
            assertThat(tensor.dtype()).as(name).isEqualTo(old.dtype());
            assertThat(tensor.shape()).as(name).isEqualTo(old.shape());
            if (!tensor.bytes().equals(old.bytes())) {
                changed.add(name);
            }
        });
        return changed;
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3-tied", "llama31-ropescaled", "teacher-llama-1m", "qwen25", "qwen3", "olmo2"})
    void whatWasOnlyImportedComesOutAsItWas(String name) throws IOException {
        var source = Fixtures.folder(name);
        var model = TeacherImport.importCausalLm(source);
        var written = TeacherExport.exportCausalLm(model, source, folder.resolve("copy"));
        assertThat(changed(written.folder(), source)).isEmpty();
        assertSameBits(TeacherImport.importCausalLm(written.folder()), model);
        assertThat(json(written.folder())).isEqualTo(json(source));
        assertThat(written.folder().resolve("generation_config.json"))
                .hasSameBinaryContentAs(source.resolve("generation_config.json"));
    }

    private static JsonNode json(Path checkpoint) throws IOException {
        return new ObjectMapper().readTree(checkpoint.resolve("config.json").toFile());
    }

    private static Set<String> projections(int... layers) {
        return Arrays.stream(layers).mapToObj(ParameterNames::layer).flatMap(names -> Stream.of(names.query(),
                names.key(), names.value(), names.output())).collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3-tied", "teacher-llama-1m"})
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
        assertThat(changed(written.folder(), source)).isEqualTo(projections(0, 2));
        var again = TeacherImport.importCausalLm(written.folder());
        var rewritten = TeacherExport.exportCausalLm(again, written.folder(), folder.resolve("again"));
        assertThat(stored(rewritten.folder())).isEqualTo(stored(written.folder()));
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
        assertThat(changed(trained, teacher)).isEqualTo(projections(0));
    }

    @Test
    void studentsLayerTrainedInAGraphIsExported() throws Exception {
        var student = DecoderNets.withNoise(TeacherImport.importStudent(Fixtures.TEACHER, HYBRID));
        var start = TeacherExport.exportCausalLm(student, Fixtures.TEACHER, folder.resolve("start")).folder();
        assertSameBits(TeacherImport.importCausalLm(start), student);
        var tensors = stored(start);
        var teachers = stored(Fixtures.TEACHER);
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
        TeacherExport.exportLayer(graph, "attention", student, 3);
        var trained = TeacherExport.exportCausalLm(student, start, folder.resolve("trained")).folder();
        var names = ParameterNames.layer(3);
        assertThat(changed(trained, start)).allMatch(name -> name.startsWith(names.prefix() + "self_attn."))
                .containsAll(projections(3)).contains(names.queryFeatures(), names.keyFeatures(),
                        names.inputGateWeight(), names.forgetGateWeight(), names.forgetGateBias(),
                        names.outputGateWeight(), names.outputGateBias());
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
        assertThat(changed(written.folder(), Fixtures.TIED)).hasSize(29);
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
        assertThat(changed(written.folder(), Fixtures.SHARDED)).isEmpty();
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

    /** A copy of the tied fixture whose tensors are declared by {@code write}. */
    private Path rewritten(Rewrite write) throws IOException {
        var copy = Fixtures.copy(Fixtures.TIED, folder);
        var writer = new SafetensorsWriter();
        try (var file = SafetensorsFile.open(Fixtures.TIED.resolve("model.safetensors"))) {
            for (var name : file.names()) {
                write.add(name, file.readFloat32(name), writer);
            }
            write.add("", null, writer);
        }
        writer.write(copy.resolve("model.safetensors"));
        return copy;
    }

    private interface Rewrite {
        /** Called for each tensor, and last with an empty name. */
        void add(String name, INDArray array, SafetensorsWriter writer);
    }

    @Test
    void everyTensorKeepsAType() throws IOException {
        var types = List.of(DType.F64, DType.F32, DType.F16, DType.BF16);
        var source = rewritten((name, array, writer) -> {
            if (!name.isEmpty()) {
                var third = array.castTo(DataType.DOUBLE).div(3);
                writer.add(name, types.get(Math.floorMod(name.hashCode(), types.size())), third);
            }
        });
        assertThat(Checkpoint.open(source).summary().dtypes()).containsOnlyKeys(types);
        var model = TeacherImport.importCausalLm(source);
        var written = TeacherExport.exportCausalLm(model, source, folder.resolve("copy"));
        assertThat(changed(written.folder(), source)).isEmpty();

        model.parameters().values().forEach(array -> array.muli(2));
        var doubled = TeacherExport.exportCausalLm(model, source, folder.resolve("doubled"));
        assertThat(changed(doubled.folder(), source)).isEqualTo(model.parameters().keySet());
        assertSameBits(doubled.load(), model);
    }

    @Test
    void headThatIsTiedIsStoredWhereItWas() throws IOException {
        var embedding = new INDArray[1];
        var source = rewritten((name, array, writer) -> {
            if (name.equals(ParameterNames.EMBEDDING)) {
                embedding[0] = array;
            }
            writer.add(name.isEmpty() ? ParameterNames.HEAD : name, DType.F32, name.isEmpty() ? embedding[0] : array);
        });
        var model = TeacherImport.importCausalLm(source);
        model.parameters().get(ParameterNames.EMBEDDING).addi(1);
        var written = TeacherExport.exportCausalLm(model, source, folder.resolve("copy")).folder();
        assertThat(changed(written, source)).containsExactlyInAnyOrder(ParameterNames.EMBEDDING, ParameterNames.HEAD);
        assertSameBits(TeacherImport.importCausalLm(written), model);
    }

    @Test
    void tensorsThatAreNoParametersStay() throws IOException {
        var source = rewritten((name, array, writer) -> {
            if (name.isEmpty()) {
                writer.add("model.layers.0.self_attn.rotary_emb.inv_freq", DType.F32, Nd4j.createFromArray(1f, 0.5f));
                writer.add("model.step", DType.I64, new long[] {1}, 1234L);
            } else {
                writer.add(name, DType.F32, array);
            }
        });
        var model = TeacherImport.importCausalLm(source, ImportOptions.STRICT.ignoringUnexpected());
        var written = TeacherExport.exportCausalLm(model, source, folder.resolve("copy")).folder();
        assertThat(changed(written, source)).isEmpty();
    }

    @Test
    void parameterThatTheSourceLacksIsAdded() throws IOException {
        var source = rewritten((name, array, writer) -> {
            if (!name.isEmpty() && !name.equals(ParameterNames.FINAL_NORM)) {
                writer.add(name, DType.BF16, array);
            }
        });
        var model = TeacherImport.importCausalLm(source, ImportOptions.STRICT.allowingMissing());
        var written = TeacherExport.exportCausalLm(model, source, folder.resolve("copy"));
        assertThat(stored(written.folder()).get(ParameterNames.FINAL_NORM).dtype()).isEqualTo(DType.F32);
        assertSameBits(written.load(), model);
    }

    @Test
    void teacherWrittenAfterAStudentLeavesTheMixerOut() throws IOException {
        var student = TeacherImport.importStudent(Fixtures.TIED, HYBRID);
        var start = TeacherExport.exportCausalLm(student, Fixtures.TIED, folder.resolve("start")).folder();
        var teacher = TeacherImport.importCausalLm(Fixtures.TIED);
        var written = TeacherExport.exportCausalLm(teacher, start, folder.resolve("teacher")).folder();
        assertThat(stored(written)).isEqualTo(stored(Fixtures.TIED));
    }

    @Test
    void sourceOfAnotherArchitectureIsRefused() throws IOException {
        var model = TeacherImport.importCausalLm(Fixtures.TIED);
        assertThatThrownBy(() -> TeacherExport.exportCausalLm(model, Fixtures.SHARDED, folder.resolve("x")))
                .isInstanceOf(CheckpointException.class).hasMessageContaining("describes another architecture");
    }

    @Test
    void sourceThatDoesNotFitItsConfigIsRefused() throws IOException {
        var source = rewritten((name, array, writer) -> {
            if (!name.isEmpty()) {
                writer.add(name, DType.F32, name.equals(ParameterNames.FINAL_NORM) ? Nd4j.createFromArray(1f) : array);
            }
        });
        var model = TeacherImport.importCausalLm(Fixtures.TIED);
        assertThatThrownBy(() -> TeacherExport.exportCausalLm(model, source, folder.resolve("x")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("model.norm.weight is F32 [1] instead of [64]");
    }
}
