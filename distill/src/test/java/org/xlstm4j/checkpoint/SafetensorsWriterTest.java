package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class SafetensorsWriterTest {
    @TempDir
    Path folder;

    @Test
    void bytesAreAsTheFormatSays() throws IOException {
        var path = folder.resolve("t.safetensors");
        new SafetensorsWriter()
                .add("b", DType.BF16, Nd4j.createFromArray(1f, -2f))
                .add("a", DType.I64, new long[] {1}, 5)
                .metadata("format", "pt")
                .write(path);
        var bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
        int headerBytes = (int) bytes.getLong();
        var header = new String(bytes.array(), 8, headerBytes, StandardCharsets.UTF_8);
        assertThat(headerBytes % 8).isZero();
        assertThat(header.stripTrailing()).isEqualTo("{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"a\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[8,12]}}");
        bytes.position(8 + headerBytes);
        assertThat(bytes.getLong()).isEqualTo(5);
        assertThat(bytes.getShort()).isEqualTo((short) 0x3f80);
        assertThat(bytes.getShort()).isEqualTo((short) 0xc000);
        assertThat(bytes.hasRemaining()).isFalse();
    }

    @Test
    void widestTensorsFirstThenByName() throws IOException {
        var path = folder.resolve("t.safetensors");
        new SafetensorsWriter()
                .add("y16", DType.F16, Nd4j.createFromArray(1f))
                .add("x64", DType.F64, Nd4j.createFromArray(1d))
                .add("x32", DType.F32, Nd4j.createFromArray(1f))
                .add("x16", DType.BF16, Nd4j.createFromArray(1f))
                .add("a32", DType.I32, new long[0], 1)
                .write(path);
        try (var tensors = SafetensorsFile.open(path)) {
            assertThat(tensors.names()).containsExactly("x64", "a32", "x32", "x16", "y16");
        }
    }

    @Test
    void floatsComeBackBitEqual() throws IOException {
        var random = new Random(3);
        var values = new float[1001];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat(random.nextInt());
        }
        values[0] = -0f;
        values[1] = Float.MIN_VALUE;
        values[2] = Float.POSITIVE_INFINITY;
        var path = folder.resolve("t.safetensors");
        new SafetensorsWriter().add("v", DType.F32, Nd4j.createFromArray(values).reshape(7, 11, 13)).write(path);
        try (var tensors = SafetensorsFile.open(path)) {
            assertThat(tensors.readFloat32("v").shape()).containsExactly(7, 11, 13);
            assertThat(Fixtures.floats(tensors.readFloat32("v"))).isEqualTo(values);
        }
    }

    @Test
    void doublesIntegersScalarsAndEmptyTensorsComeBack() throws IOException {
        var path = folder.resolve("t.safetensors");
        new SafetensorsWriter()
                .add("d", DType.F64, Nd4j.createFromArray(Math.PI, Double.MIN_VALUE))
                .add("l", DType.I64, new long[] {2, 1}, Long.MIN_VALUE, Long.MAX_VALUE)
                .add("i", DType.I32, new long[] {2}, Integer.MIN_VALUE, 7)
                .add("s", DType.F32, Nd4j.scalar(2.5f))
                .add("e", DType.F32, new long[] {0, 3}, () -> Nd4j.create(DataType.FLOAT, 0, 3))
                .write(path);
        try (var tensors = SafetensorsFile.open(path)) {
            assertThat(tensors.readFloat64("d").toDoubleVector()).containsExactly(Math.PI, Double.MIN_VALUE);
            assertThat(tensors.readLongs("l")).containsExactly(Long.MIN_VALUE, Long.MAX_VALUE);
            assertThat(tensors.readLongs("i")).containsExactly(Integer.MIN_VALUE, 7);
            assertThat(tensors.readFloat32("s").getFloat(0)).isEqualTo(2.5f);
            assertThat(tensors.readFloat32("e").shape()).containsExactly(0, 3);
        }
    }

    @Test
    void viewsAndOrdersAreWrittenRowMajor() throws IOException {
        var path = folder.resolve("t.safetensors");
        var matrix = Nd4j.createFromArray(0f, 1f, 2f, 3f, 4f, 5f).reshape(2, 3);
        new SafetensorsWriter()
                .add("transposed", DType.F32, matrix.transpose())
                .add("column", DType.F32, matrix.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 3)))
                .add("fortran", DType.F32, matrix.dup('f'))
                .write(path);
        try (var tensors = SafetensorsFile.open(path)) {
            assertThat(Fixtures.floats(tensors.readFloat32("transposed"))).containsExactly(0, 3, 1, 4, 2, 5);
            assertThat(Fixtures.floats(tensors.readFloat32("column"))).containsExactly(1, 2, 4, 5);
            assertThat(Fixtures.floats(tensors.readFloat32("fortran"))).containsExactly(0, 1, 2, 3, 4, 5);
        }
    }

    @Test
    void tensorsAreAskedForOneAtATimeInFileOrder() throws IOException {
        var asked = new ArrayList<String>();
        var writer = new SafetensorsWriter();
        for (var name : new String[] {"c", "a", "b"}) {
            writer.add(name, DType.F32, new long[] {1}, () -> {
                asked.add(name);
                return Nd4j.createFromArray(1f);
            });
        }
        assertThat(asked).isEmpty();
        writer.write(folder.resolve("t.safetensors"));
        assertThat(asked).containsExactly("a", "b", "c");
    }

    @Test
    void failureInTheMiddleLeavesTheOldFile() throws IOException {
        var path = folder.resolve("t.safetensors");
        new SafetensorsWriter().add("a", DType.F32, Nd4j.createFromArray(1f)).write(path);
        var before = Files.readAllBytes(path);
        var failing = new SafetensorsWriter()
                .add("a", DType.F32, Nd4j.createFromArray(2f))
                .add("b", DType.F32, new long[] {1}, () -> {
                    throw new IOException("disk gone");
                });
        assertThatThrownBy(() -> failing.write(path)).isInstanceOf(IOException.class).hasMessage("disk gone");
        assertThat(folder).isDirectoryContaining("glob:**t.safetensors");
        assertThat(Files.readAllBytes(path)).isEqualTo(before);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(path);
        }
    }

    @Test
    void anotherShapeThanDeclaredIsRefused() throws IOException {
        var writer = new SafetensorsWriter().add("a", DType.F32, new long[] {2}, () -> Nd4j.createFromArray(1f));
        assertThatThrownBy(() -> writer.write(folder.resolve("t"))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'a' was declared as [2], but is [1]");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void valuesBeyondTheTypeAreRefused() {
        var writer = new SafetensorsWriter().add("a", DType.F16, Nd4j.createFromArray(1e6f));
        assertThatThrownBy(() -> writer.write(folder.resolve("t"))).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("'a'").hasMessageContaining("beyond the range of F16");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void wrongDeclarationsAreRefused() {
        var writer = new SafetensorsWriter().add("a", DType.F32, Nd4j.createFromArray(1f));
        assertThatThrownBy(() -> writer.add("a", DType.F32, Nd4j.createFromArray(1f))).hasMessageContaining("'a'");
        assertThatThrownBy(() -> writer.add("__metadata__", DType.F32, Nd4j.createFromArray(1f)))
                .hasMessageContaining("__metadata__");
        assertThatThrownBy(() -> writer.add("b", DType.I64, Nd4j.createFromArray(1f))).hasMessageContaining("I64");
        assertThatThrownBy(() -> writer.add("b", DType.I64, new long[] {2}, 1)).hasMessageContaining("[2]");
        assertThatThrownBy(() -> writer.add("b", DType.I16, new long[] {1}, 1)).hasMessageContaining("I16");
    }
}
