package org.xlstm4j.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.ops.rope.RopeSpec;
import org.xlstm4j.safetensors.DType;
import org.xlstm4j.safetensors.SafetensorsWriter;

class MergeCheckpointsTest {
    private static final ModelConfig TEACHER = new ModelConfig("llama", 11, 8, 12, 1, 2, 1, 4, 64, 1e-5,
            RopeSpec.of(4, 10_000), true, Optional.empty());
    private static final ModelConfig STUDENT = TEACHER.withHybrid(HybridConfig.of(5, 1));
    private static final LinearMerge UNEVEN = new LinearMerge(Coefficients.of(0.7, 0.3));

    @TempDir
    Path folder;
    private Path start;

    /** A checkpoint to write others from, as Hugging Face saves one. */
    @BeforeEach
    void writeStart() throws IOException {
        start = Files.createDirectory(folder.resolve("start"));
        Files.writeString(start.resolve("config.json"), """
                {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 11, "hidden_size": 8,
                 "intermediate_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
                 "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
                 "tie_word_embeddings": true, "torch_dtype": "float32", "bos_token_id": 1}
                """);
        Files.writeString(start.resolve("tokenizer.json"), "{\"model\": {\"vocab\": {\"a\": 0}}}");
        var writer = new SafetensorsWriter();
        CausalLm.random(TEACHER, 0.5, 1).parameters().forEach((name, array) -> writer.add(name, DType.F32, array));
        writer.write(start.resolve("model.safetensors"));
    }

    private Path expert(String name, ModelConfig config, DType dtype, long seed) throws IOException {
        var model = CausalLm.random(config, 0.5, seed);
        return Checkpoint.write(folder.resolve(name), model, Checkpoint.open(start), dtype).folder();
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "BF16", "F16"})
    void onDiskEqualsInMemory(DType dtype) throws IOException {
        var experts = List.of(expert("math", STUDENT, dtype, 2), expert("code", STUDENT, dtype, 3));

        var merged = Merge.checkpoints(experts, folder.resolve("merged"), UNEVEN);

        var inMemory = Merge.parameters(List.of(parameters(experts.get(0)), parameters(experts.get(1))), UNEVEN);
        var rounded = Checkpoint.write(folder.resolve("rounded"), new CausalLm(STUDENT, inMemory),
                Checkpoint.open(start), dtype);
        assertThat(merged.config()).isEqualTo(STUDENT);
        assertThat(merged.summary().dtypes()).containsOnlyKeys(dtype);
        assertThat(merged.fingerprint()).isEqualTo(rounded.fingerprint());
        for (var file : List.of("config.json", "tokenizer.json")) {
            assertThat(folder.resolve("merged").resolve(file)).hasSameBinaryContentAs(experts.get(0).resolve(file));
        }
    }

    private static Map<String, INDArray> parameters(Path expert) throws IOException {
        return Checkpoint.open(expert).load().parameters();
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "BF16", "F16"})
    void cornerHasTheExpertsBytes(DType dtype) throws IOException {
        var experts = List.of(expert("math", STUDENT, dtype, 2), expert("code", STUDENT, dtype, 3));

        var merged = Merge.checkpoints(experts, folder.resolve("merged"),
                new LinearMerge(Coefficients.corner(2, 1)));

        assertThat(merged.fingerprint()).isEqualTo(Checkpoint.open(experts.get(1)).fingerprint());
    }

    @Test
    void expertsOfTwoTypesAreStoredAsFloat32() throws IOException {
        var experts = List.of(expert("math", STUDENT, DType.BF16, 2), expert("code", STUDENT, DType.F16, 3));

        var merged = Merge.checkpoints(experts, folder.resolve("merged"), UNEVEN);

        assertThat(merged.summary().dtypes()).containsOnlyKeys(DType.F32);
    }

    @Test
    void everyDifferenceIsNamedBeforeAByteIsWritten() throws IOException {
        var math = expert("math", STUDENT, DType.F32, 2);
        var code = expert("code", TEACHER.withHybrid(new HybridConfig(7, 2, 16)), DType.F32, 3);
        Files.writeString(code.resolve("tokenizer.json"), "{}");
        new SafetensorsWriter().write(code.resolve("model.safetensors"));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Merge.checkpoints(List.of(math, code), folder.resolve("merged"), UNEVEN))
                .withMessageContaining("hybrid.window is 5 in " + math + " but 7 in " + code)
                .withMessageContaining("hybrid.sinks is 1 in " + math + " but 2 in " + code)
                .withMessageContaining("tokenizer.json differs between " + math + " and " + code)
                .withMessageContaining(code + " does not fit its config.json: 19 missing")
                .withMessageNotContaining("chunkSize");
        assertThat(names()).containsExactlyInAnyOrder("start", "math", "code");
    }

    @Test
    void aTeacherAndAStudentDiffer() throws IOException {
        var student = expert("student", STUDENT, DType.F32, 2);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Merge.checkpoints(List.of(start, student), folder.resolve("merged"), UNEVEN))
                .withMessageContaining("hybrid is absent in " + start + " but HybridConfig in " + student);
    }

    @Test
    void chunkSizesMayDiffer() throws IOException {
        var experts = List.of(expert("math", STUDENT, DType.F32, 2),
                expert("code", TEACHER.withHybrid(new HybridConfig(5, 1, 16)), DType.F32, 3));

        assertThat(Merge.checkpoints(experts, folder.resolve("merged"), UNEVEN).config()).isEqualTo(STUDENT);
    }

    @Test
    void nothingIsLeftWhenMergingFailsMidway() throws IOException {
        var experts = List.of(expert("math", STUDENT, DType.F32, 2), expert("code", STUDENT, DType.F32, 3));
        var broken = new MergeMethod() {
            @Override
            public INDArray merge(String name, List<INDArray> tensors) {
                if (name.endsWith("up_proj.weight")) {
                    throw new IllegalStateException("no more");
                }
                return tensors.get(0).dup();
            }

            @Override
            public void requireExperts(int count) {
            }
        };

        assertThatThrownBy(() -> Merge.checkpoints(experts, folder.resolve("merged"), broken))
                .isInstanceOf(IllegalStateException.class).hasMessage("no more");
        assertThat(names()).containsExactlyInAnyOrder("start", "math", "code");
    }

    @Test
    void anExistingTargetIsKept() throws IOException {
        var experts = List.of(expert("math", STUDENT, DType.F32, 2), expert("code", STUDENT, DType.F32, 3));
        var before = Checkpoint.open(experts.get(0)).fingerprint();

        assertThatThrownBy(() -> Merge.checkpoints(experts, experts.get(0), UNEVEN))
                .isInstanceOf(FileAlreadyExistsException.class).hasMessageContaining("exists and is not empty");
        assertThat(Checkpoint.open(experts.get(0)).fingerprint()).isEqualTo(before);
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
