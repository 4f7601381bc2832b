package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.safetensors.DType;
import org.xlstm4j.safetensors.SafetensorsException;
import org.xlstm4j.safetensors.SafetensorsException.Reason;
import org.xlstm4j.safetensors.SafetensorsFile;
import org.xlstm4j.safetensors.SafetensorsWriter;

class CheckpointTest {
    private static final String SHARD = "model-00003-of-00004.safetensors";

    @TempDir
    Path folder;

    /** Changes the tensors of a single-file checkpoint. */
    private static void change(Path checkpoint, Consumer<Map<String, INDArray>> change) throws IOException {
        var file = checkpoint.resolve("model.safetensors");
        var tensors = new TreeMap<String, INDArray>();
        try (var old = SafetensorsFile.open(file)) {
            for (var name : old.names()) {
                tensors.put(name, old.readFloat32(name));
            }
        }
        change.accept(tensors);
        var writer = new SafetensorsWriter();
        tensors.forEach((name, array) -> writer.add(name, DType.F32, array));
        writer.write(file);
    }

    private static void assertSame(CausalLm one, CausalLm other) {
        assertThat(one.parameters().keySet()).isEqualTo(other.parameters().keySet());
        one.parameters().forEach((name, array) ->
                assertThat(Fixtures.floats(array)).as(name).isEqualTo(Fixtures.floats(other.parameters().get(name))));
    }

    @Test
    void summaryCountsWhatTheHeadersSay() throws IOException {
        var teacher = Checkpoint.open(Fixtures.TEACHER).summary();
        assertThat(teacher.parameters()).isEqualTo(836_736);
        assertThat(teacher.bytes()).isEqualTo(2 * 836_736);
        assertThat(teacher.dtypes()).isEqualTo(Map.of(DType.BF16, 836_736L));
        var sharded = Checkpoint.open(Fixtures.SHARDED).summary();
        assertThat(sharded.parameters()).isEqualTo(179_648);
        assertThat(sharded.bytes()).isEqualTo(359_296);
        assertThat(sharded.tensors()).isEqualTo(30);
        assertThat(sharded.files()).hasSize(4);
    }

    @Test
    void fixturesLoadWhole() throws IOException {
        for (var path : new Path[] {Fixtures.TIED, Fixtures.SHARDED, Fixtures.TEACHER}) {
            var checkpoint = Checkpoint.open(path);
            assertThat(checkpoint.report().isExact()).isTrue();
            assertThat(checkpoint.load().parameterCount()).isEqualTo(checkpoint.summary().parameters());
        }
    }

    @Test
    void shardsHoldTheTensorsThatTheirNamesSay() throws IOException {
        var model = Checkpoint.open(Fixtures.SHARDED).load();
        try (var shard = SafetensorsFile.open(Fixtures.SHARDED.resolve(SHARD))) {
            assertThat(shard.names()).isNotEmpty();
            for (var name : shard.names()) {
                assertThat(Fixtures.floats(model.parameters().get(name)))
                        .isEqualTo(Fixtures.floats(shard.readFloat32(name)));
            }
        }
    }

    @Test
    void floatWeightsComeBackBitEqual() throws IOException {
        var source = Checkpoint.open(Fixtures.TIED);
        var written = Checkpoint.write(folder.resolve("copy"), source.load(), source, DType.F32);
        assertThat(written.config()).isEqualTo(source.config());
        assertSame(written.load(), source.load());
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "BF16"})
    void bfloat16WeightsComeBackBitEqual(DType dtype) throws IOException {
        var source = Checkpoint.open(Fixtures.SHARDED);
        var written = Checkpoint.write(folder.resolve("copy"), source.load(), source, dtype);
        assertThat(written.summary().dtypes()).containsOnlyKeys(dtype);
        assertSame(written.load(), source.load());
    }

    @Test
    void tokenizerAndSettingsAreCarriedOver() throws IOException {
        var source = Checkpoint.open(Fixtures.TEACHER);
        var written = Checkpoint.write(folder.resolve("a/b/copy"), source.load(), source, DType.BF16);
        for (var name : new String[] {"tokenizer.json", "tokenizer_config.json", "generation_config.json"}) {
            assertThat(written.folder().resolve(name)).hasSameBinaryContentAs(Fixtures.TEACHER.resolve(name));
        }
        assertThat(written.folder().resolve("teacher_scores.json")).doesNotExist();
        assertThat(Json.readObject(written.folder().resolve("config.json")))
                .isEqualTo(Json.readObject(Fixtures.TEACHER.resolve("config.json")));
        try (var tokenizer = written.tokenizer()) {
            tokenizer.requireFits(written.config());
        }
    }

    @Test
    void aCarriedFileThatIsALinkOutOfTheCheckpointIsRefused() throws IOException {
        var source = Checkpoint.open(Fixtures.copy(Fixtures.TEACHER, folder));
        var secret = Files.writeString(folder.resolve("secret"), "{}");
        Files.deleteIfExists(source.folder().resolve("special_tokens_map.json"));
        Files.createSymbolicLink(source.folder().resolve("special_tokens_map.json"), secret);
        assertThatThrownBy(() -> Checkpoint.write(folder.resolve("target"), source.load(), source, DType.F32))
                .isInstanceOf(CheckpointException.class).hasMessageContaining("special_tokens_map.json");
        assertThat(folder.resolve("target")).doesNotExist();
    }

    @Test
    void manyTensorsAtOnceAreTheSameAsOneByOne() throws IOException {
        try (var weights = Checkpoint.open(Fixtures.TEACHER).weights()) {
            var together = weights.readFloat32(weights.names());
            assertThat(together.keySet()).containsExactlyElementsOf(weights.names());
            for (var name : weights.names()) {
                assertThat(together.get(name)).as(name).isEqualTo(weights.readFloat32(name));
            }
            var missing = List.of(weights.names().iterator().next(), "no.such.tensor");
            assertThatThrownBy(() -> weights.readFloat32(missing)).isInstanceOf(IOException.class)
                    .hasRootCauseMessage(Fixtures.TEACHER + " has no tensor 'no.such.tensor'");
        }
    }

    @Test
    void tokensThatBeginAndEndATextAreRead() throws IOException {
        var copy = Fixtures.copy(Fixtures.TEACHER, folder);
        assertThat(Checkpoint.open(copy).beginToken()).hasValue(1);
        assertThat(Checkpoint.open(copy).endTokens()).containsExactly(2);
        Fixtures.edit(copy.resolve("generation_config.json"), "\"eos_token_id\": 2", "\"eos_token_id\": [2, 7]");
        assertThat(Checkpoint.open(copy).endTokens()).containsExactly(2, 7);
        Files.delete(copy.resolve("generation_config.json"));
        assertThat(Checkpoint.open(copy).endTokens()).containsExactly(2);
        Fixtures.edit(copy.resolve("config.json"), "\"eos_token_id\": 2", "\"eos_token_id\": null");
        assertThat(Checkpoint.open(copy).endTokens()).isEmpty();
    }

    @Test
    void fingerprintFollowsTheWeights() throws IOException {
        var copy = Fixtures.copy(Fixtures.TIED, folder);
        var before = Checkpoint.open(copy).fingerprint();
        assertThat(before).hasSize(64).isEqualTo(Checkpoint.open(Fixtures.TIED).fingerprint());
        change(copy, tensors -> tensors.get("model.norm.weight").putScalar(3, 1.5f));
        assertThat(Checkpoint.open(copy).fingerprint()).isNotEqualTo(before);
        assertThat(Checkpoint.open(Fixtures.SHARDED).fingerprint()).hasSize(64);
    }

    @Test
    void failureInTheMiddleLeavesNothing() throws IOException {
        var source = Checkpoint.open(Fixtures.TEACHER);
        var model = source.load();
        var target = folder.resolve("copy");
        assertThatThrownBy(() -> Checkpoint.write(target, model.config(), name -> {
            if (name.contains("layers.2.mlp")) {
                throw new IOException("expert unreadable");
            }
            return model.parameters().get(name);
        }, source, DType.F32)).hasMessage("expert unreadable");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void targetInUseIsRefusedAndKept() throws IOException {
        var source = Checkpoint.open(Fixtures.TIED);
        var target = Fixtures.copy(Fixtures.SHARDED, folder);
        var before = Checkpoint.open(target).fingerprint();
        assertThatThrownBy(() -> Checkpoint.write(target, source.load(), source, DType.F32))
                .isInstanceOf(FileAlreadyExistsException.class).hasMessageContaining("not empty");
        assertThat(Checkpoint.open(target).fingerprint()).isEqualTo(before);
    }

    @Test
    void everyProblemIsListed() throws IOException {
        var copy = Fixtures.copy(Fixtures.TIED, folder);
        change(copy, tensors -> {
            tensors.remove("model.norm.weight");
            tensors.remove("model.layers.1.mlp.up_proj.weight");
            tensors.put("model.layers.9.extra", Nd4j.createFromArray(1f));
            tensors.put("model.layers.0.input_layernorm.weight", Nd4j.createFromArray(1f, 2f));
        });
        var checkpoint = Checkpoint.open(copy);
        var report = checkpoint.report();
        assertThat(report.missing())
                .containsExactlyInAnyOrder("model.norm.weight", "model.layers.1.mlp.up_proj.weight");
        assertThat(report.unexpected()).containsExactly("model.layers.9.extra");
        assertThat(report.mismatched())
                .containsExactly("model.layers.0.input_layernorm.weight is F32 [2] instead of [64]");
        assertThat(report.loaded()).contains("model.embed_tokens.weight").hasSize(26);
        assertThatThrownBy(checkpoint::load).isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("llama3-tied", "2 missing: ", "model.norm.weight", "up_proj",
                        "1 unexpected: model.layers.9.extra", "1 mismatched: ", "[2] instead of [64]");
        assertThatThrownBy(() -> checkpoint.load(ImportOptions.STRICT.ignoringUnexpected()))
                .isInstanceOf(CheckpointException.class);
    }

    @Test
    void unexpectedTensorIsRefusedUnlessIgnored() throws IOException {
        var copy = Fixtures.copy(Fixtures.TIED, folder);
        change(copy, tensors -> tensors.put("extra", Nd4j.createFromArray(1f)));
        var checkpoint = Checkpoint.open(copy);
        assertThatThrownBy(checkpoint::load).hasMessageContaining("1 unexpected: extra");
        assertSame(checkpoint.load(ImportOptions.STRICT.ignoringUnexpected()), Checkpoint.open(Fixtures.TIED).load());
    }

    @Test
    void missingTensorIsRefusedUnlessAllowed() throws IOException {
        var copy = Fixtures.copy(Fixtures.TIED, folder);
        var names = new String[] {"model.norm.weight", "model.layers.1.mlp.up_proj.weight"};
        change(copy, tensors -> tensors.keySet().removeAll(List.of(names)));
        var checkpoint = Checkpoint.open(copy);
        assertThatThrownBy(() -> checkpoint.load(ImportOptions.STRICT.ignoringUnexpected()))
                .hasMessageContaining("2 missing: ");
        var model = checkpoint.load(ImportOptions.STRICT.allowingMissing());
        var whole = Checkpoint.open(Fixtures.TIED).load();
        model.parameters().forEach((name, array) -> assertThat(Fixtures.floats(array)).as(name)
                .isEqualTo(name.equals(names[0]) ? filled(1, 64) : name.equals(names[1]) ? filled(0, 176 * 64)
                        : Fixtures.floats(whole.parameters().get(name))));
    }

    private static float[] filled(float value, int length) {
        var values = new float[length];
        Arrays.fill(values, value);
        return values;
    }

    @Test
    void reportStatesWhatIsLetPass() throws IOException {
        var copy = Fixtures.copy(Fixtures.TIED, folder);
        change(copy, tensors -> {
            tensors.remove("model.norm.weight");
            tensors.put("extra", Nd4j.createFromArray(1f));
        });
        var checkpoint = Checkpoint.open(copy);
        var relaxed = checkpoint.report(ImportOptions.STRICT.allowingMissing().ignoringUnexpected());
        assertThat(relaxed.isAccepted()).isTrue();
        assertThat(relaxed.isExact()).isFalse();
        assertThat(relaxed.problems()).isEqualTo("1 missing (allowed; norm weights are 1, others 0): "
                + "model.norm.weight; 1 unexpected (ignored): extra");
        assertThat(checkpoint.report().isAccepted()).isFalse();
        assertThat(checkpoint.report(ImportOptions.STRICT.allowingMissing()).isAccepted()).isFalse();
        assertThat(checkpoint.report().problems()).isEqualTo("1 missing: model.norm.weight; 1 unexpected: extra");
        assertThat(Checkpoint.open(Fixtures.TIED).report().problems()).isEmpty();
    }

    @Test
    void mismatchIsNeverLetPass() throws IOException {
        var copy = Fixtures.copy(Fixtures.TIED, folder);
        change(copy, tensors -> tensors.put("model.norm.weight", Nd4j.createFromArray(1f, 2f)));
        assertThatThrownBy(() -> Checkpoint.open(copy)
                .load(ImportOptions.STRICT.allowingMissing().ignoringUnexpected()))
                .isInstanceOf(CheckpointException.class).hasMessageContaining("1 mismatched: model.norm.weight");
    }

    @Test
    void tiedHeadMayBeThereIfItIsTheEmbedding() throws IOException {
        var copy = Fixtures.copy(Fixtures.TIED, folder);
        change(copy, tensors -> tensors.put("lm_head.weight", tensors.get("model.embed_tokens.weight")));
        assertSame(Checkpoint.open(copy).load(), Checkpoint.open(Fixtures.TIED).load());
        change(copy, tensors -> tensors.get("lm_head.weight").putScalar(5, 7, 0.5f));
        assertThatThrownBy(() -> Checkpoint.open(copy).load()).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("lm_head.weight differs from the embedding");
    }

    @Test
    void untiedHeadMustBeThere() throws IOException {
        var copy = Fixtures.copy(Fixtures.TIED, folder);
        Fixtures.edit(copy.resolve("config.json"), "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false");
        assertThatThrownBy(() -> Checkpoint.open(copy).load()).hasMessageContaining("1 missing: lm_head.weight");
    }

    @Test
    void rotaryBuffersOfOldCheckpointsAreNoProblem() throws IOException {
        var copy = Fixtures.copy(Fixtures.TIED, folder);
        change(copy, tensors -> tensors.put("model.layers.0.self_attn.rotary_emb.inv_freq", Nd4j.createFromArray(1f)));
        assertThat(Checkpoint.open(copy).report().isExact()).isTrue();
    }

    @Test
    void missingShardIsNamed() throws IOException {
        var copy = Fixtures.copy(Fixtures.SHARDED, folder);
        Files.delete(copy.resolve(SHARD));
        assertThatThrownBy(() -> Checkpoint.open(copy)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("[" + SHARD + "]");
    }

    @Test
    void truncatedShardIsNamed() throws IOException {
        var copy = Fixtures.copy(Fixtures.SHARDED, folder);
        var bytes = Files.readAllBytes(copy.resolve(SHARD));
        Files.write(copy.resolve(SHARD), Arrays.copyOf(bytes, bytes.length - 1000));
        assertThatThrownBy(() -> Checkpoint.open(copy).load()).isInstanceOfSatisfying(SafetensorsException.class,
                e -> assertThat(e.reason()).isEqualTo(Reason.TRUNCATED)).hasMessageContaining(SHARD);
    }

    @Test
    void lfsPointerInPlaceOfAShardIsNamed() throws IOException {
        var copy = Fixtures.copy(Fixtures.SHARDED, folder);
        Files.writeString(copy.resolve(SHARD), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n");
        assertThatThrownBy(() -> Checkpoint.open(copy).load()).hasMessageContaining(SHARD)
                .hasMessageContaining("git lfs pull");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../model.safetensors", "/model.safetensors", "a/../../x.safetensors", "", "."})
    void indexThatLeavesTheFolderIsRefused(String name) throws IOException {
        var copy = Fixtures.copy(Fixtures.SHARDED, folder);
        Files.writeString(folder.resolve("model.safetensors"), "secret");
        Fixtures.edit(copy.resolve("model.safetensors.index.json"), SHARD, name);
        assertThatThrownBy(() -> Checkpoint.open(copy)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("lies outside the checkpoint, in '" + name + "'");
    }

    @Test
    void indexNamingATensorThatItsShardLacksIsRefused() throws IOException {
        var copy = Fixtures.copy(Fixtures.SHARDED, folder);
        Fixtures.edit(copy.resolve("model.safetensors.index.json"), "\"model.norm.weight\"", "\"model.other.weight\"");
        assertThatThrownBy(() -> Checkpoint.open(copy).load()).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("lacks tensor 'model.other.weight'");
    }

    @Test
    void tensorInTwoShardsIsRefused() throws IOException {
        var copy = Fixtures.copy(Fixtures.SHARDED, folder);
        Files.copy(copy.resolve(SHARD), copy.resolve("again.safetensors"));
        Fixtures.edit(copy.resolve("model.safetensors.index.json"), "\"weight_map\": {",
                "\"weight_map\": {\"x\": \"again.safetensors\",");
        assertThatThrownBy(() -> Checkpoint.open(copy).weights()).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("is in both");
    }

    @Test
    void folderThatIsNoCheckpointIsNamed() throws IOException {
        assertThatThrownBy(() -> Checkpoint.open(folder)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining(folder + " is not a checkpoint");
        Files.copy(Fixtures.TIED.resolve("config.json"), folder.resolve("config.json"));
        assertThatThrownBy(() -> Checkpoint.open(folder)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("neither model.safetensors nor model.safetensors.index.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "{\"a\": 1, \"a\": 2}", "{} {}", ""})
    void brokenConfigIsNamed(String text) throws IOException {
        Files.writeString(folder.resolve("config.json"), text);
        assertThatThrownBy(() -> Checkpoint.open(folder)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("config.json").hasMessageNotContaining("\n");
    }
}
