package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.safetensors.DType;
import org.xlstm4j.safetensors.SafetensorsFile;
import org.xlstm4j.safetensors.SafetensorsWriter;

class SourceTensorsTest {
    @TempDir
    Path folder;

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
        var model = Checkpoint.open(source).load();
        var written = Checkpoint.write(folder.resolve("copy"), model, Checkpoint.open(source));
        assertThat(StoredTensor.changed(written.folder(), source)).isEmpty();

        model.parameters().values().forEach(array -> array.muli(2));
        var doubled = Checkpoint.write(folder.resolve("doubled"), model, Checkpoint.open(source));
        assertThat(StoredTensor.changed(doubled.folder(), source)).isEqualTo(model.parameters().keySet());
        Fixtures.assertSameBits(doubled.load(), model);
    }

    @Test
    void eightBitsAreCopiedOrRefused() throws IOException {
        var header = "{\"model.norm.weight\":{\"dtype\":\"F8_E4M3\",\"shape\":[64],\"data_offsets\":[0,64]}}";
        var bytes = ByteBuffer.allocate(8 + header.length() + 64).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length()).put(header.getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < 64; i++) {
            bytes.put((byte) (0x30 + i % 16));
        }
        var file = Files.write(folder.resolve("norm.safetensors"), bytes.array());
        Path source;
        try (var norm = SafetensorsFile.open(file)) {
            source = rewritten((name, array, writer) -> {
                if (name.equals(ParameterNames.FINAL_NORM)) {
                    writer.copy(name, norm);
                } else if (!name.isEmpty()) {
                    writer.add(name, DType.F32, array);
                }
            });
        }
        var model = Checkpoint.open(source).load();
        var written = Checkpoint.write(folder.resolve("copy"), model, Checkpoint.open(source)).folder();
        assertThat(StoredTensor.changed(written, source)).isEmpty();
        model.parameters().get(ParameterNames.FINAL_NORM).addi(1);
        assertThatThrownBy(() -> Checkpoint.write(folder.resolve("x"), model, Checkpoint.open(source)))
                .isInstanceOf(CheckpointException.class).hasMessageContaining("'model.norm.weight' is F8_E4M3");
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
        var model = Checkpoint.open(source).load();
        model.parameters().get(ParameterNames.EMBEDDING).addi(1);
        var written = Checkpoint.write(folder.resolve("copy"), model, Checkpoint.open(source)).folder();
        assertThat(StoredTensor.changed(written, source))
                .containsExactlyInAnyOrder(ParameterNames.EMBEDDING, ParameterNames.HEAD);
        Fixtures.assertSameBits(Checkpoint.open(written).load(), model);
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
        var model = Checkpoint.open(source).load(ImportOptions.STRICT.ignoringUnexpected());
        var written = Checkpoint.write(folder.resolve("copy"), model, Checkpoint.open(source)).folder();
        assertThat(StoredTensor.changed(written, source)).isEmpty();
    }

    @Test
    void parameterThatTheSourceLacksIsAdded() throws IOException {
        var source = rewritten((name, array, writer) -> {
            if (!name.isEmpty() && !name.equals(ParameterNames.FINAL_NORM)) {
                writer.add(name, DType.BF16, array);
            }
        });
        var model = Checkpoint.open(source).load(ImportOptions.STRICT.allowingMissing());
        var written = Checkpoint.write(folder.resolve("copy"), model, Checkpoint.open(source));
        assertThat(StoredTensor.of(written.folder()).get(ParameterNames.FINAL_NORM).dtype()).isEqualTo(DType.F32);
        Fixtures.assertSameBits(written.load(), model);
    }

    @Test
    void teacherWrittenAfterAStudentLeavesTheMixerOut() throws IOException {
        var student = StudentStart.from(Checkpoint.open(Fixtures.TIED).load(), HybridConfig.of(6, 2));
        var start = Checkpoint.write(folder.resolve("start"), student, Checkpoint.open(Fixtures.TIED)).folder();
        var teacher = Checkpoint.open(Fixtures.TIED).load();
        var written = Checkpoint.write(folder.resolve("teacher"), teacher, Checkpoint.open(start)).folder();
        assertThat(StoredTensor.of(written)).isEqualTo(StoredTensor.of(Fixtures.TIED));
    }

    @Test
    void sourceOfAnotherArchitectureIsRefused() throws IOException {
        var model = Checkpoint.open(Fixtures.TIED).load();
        assertThatThrownBy(() -> Checkpoint.write(folder.resolve("x"), model, Checkpoint.open(Fixtures.SHARDED)))
                .isInstanceOf(CheckpointException.class).hasMessageContaining("describes another architecture");
    }

    @Test
    void sourceThatDoesNotFitItsConfigIsRefused() throws IOException {
        var source = rewritten((name, array, writer) -> {
            if (!name.isEmpty()) {
                writer.add(name, DType.F32, name.equals(ParameterNames.FINAL_NORM) ? Nd4j.createFromArray(1f) : array);
            }
        });
        var model = Checkpoint.open(Fixtures.TIED).load();
        assertThatThrownBy(() -> Checkpoint.write(folder.resolve("x"), model, Checkpoint.open(source)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("model.norm.weight is F32 [1] instead of [64]");
    }
}
