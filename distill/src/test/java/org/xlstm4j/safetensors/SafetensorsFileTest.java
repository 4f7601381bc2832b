package org.xlstm4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;

class SafetensorsFileTest {
    @TempDir
    Path folder;

    private Path withHeader(String header, int dataBytes) throws IOException {
        return TestFiles.withHeader(folder, header, dataBytes);
    }

    @Test
    void namesFollowTheBytes() throws IOException {
        var file = withHeader("{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[3,4]},"
                + "\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                + "\"__metadata__\":{\"format\":\"pt\"}}", 4);
        try (var tensors = SafetensorsFile.open(file)) {
            assertThat(tensors.names()).containsExactly("a", "b");
            assertThat(tensors.metadata()).containsOnlyKeys("format").containsValue("pt");
            assertThat(tensors.readLongs("a")).containsExactly(0, 1, 2);
            assertThat(tensors.bytes("b")).isEqualTo(ByteBuffer.wrap(new byte[] {3}));
        }
    }

    /** One tensor {@code a} of these bytes, each a character. */
    private SafetensorsFile tensor(DType dtype, String bytes) throws IOException {
        var data = bytes.getBytes(StandardCharsets.ISO_8859_1);
        return SafetensorsFile.open(TestFiles.withHeader(folder, String.format(
                "{\"a\":{\"dtype\":\"%s\",\"shape\":[%d],\"data_offsets\":[0,%d]}}",
                dtype, data.length / dtype.bytes(), data.length), data));
    }

    private void assertLongs(DType dtype, String bytes, long... values) throws IOException {
        try (var file = tensor(dtype, bytes)) {
            assertThat(file.readLongs("a")).containsExactly(values);
            assertThatThrownBy(() -> file.readFloat32("a")).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'a' is " + dtype);
        }
    }

    @Test
    void integersOfEveryType() throws IOException {
        assertLongs(DType.I64, "\u00fe\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\1\2\3\4\5\6\7\0",
                -2, 0x07060504030201L);
        assertLongs(DType.U64, "\u00fe\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", -2);
        assertLongs(DType.I32, "\u00fe\u00ff\u00ff\u00ff\1\2\3\4", -2, 0x04030201);
        assertLongs(DType.U32, "\u00fe\u00ff\u00ff\u00ff", 0xfffffffeL);
        assertLongs(DType.I16, "\u00fe\u00ff\1\2", -2, 0x0201);
        assertLongs(DType.U16, "\u00fe\u00ff", 0xfffe);
        assertLongs(DType.I8, "\u00fe\1", -2, 1);
        assertLongs(DType.U8, "\u00fe\1", 254, 1);
        assertLongs(DType.BOOL, "\0\1\2", 0, 1, 1);
    }

    private void assertFloats(DType dtype, String bytes, float... values) throws IOException {
        try (var file = tensor(dtype, bytes)) {
            assertThat(TestFiles.floats(file.readFloat32("a"))).isEqualTo(values);
            var doubles = file.readFloat64("a").toDoubleVector();
            assertThat(doubles).hasSameSizeAs(values);
            for (int i = 0; i < values.length; i++) {
                assertThat((Float) (float) doubles[i]).isEqualTo((Float) values[i]);
            }
            assertThatThrownBy(() -> file.readLongs("a")).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'a' is " + dtype);
        }
    }

    @Test
    void floatsOfEveryType() throws IOException {
        assertFloats(DType.F64, "\0\0\0\0\0\0\u00f0\u003f\0\0\0\0\0\0\4\u00c0", 1, -2.5f);
        assertFloats(DType.F32, "\0\0\u0080\u003f\0\0\u0020\u00c0", 1, -2.5f);
        assertFloats(DType.BF16, "\u0080\u003f\u0020\u00c0\0\u007f", 1, -2.5f, 0x1p127f);
        assertFloats(DType.F16, "\0\u003c\0\u00c1\1\0", 1, -2.5f, 0x1p-24f);
        assertFloats(DType.F8_E4M3, "\u0038\u00c2\u0001\u007e\u007f", 1, -2.5f, 0x1p-9f, 448, Float.NaN);
        assertFloats(DType.F8_E5M2, "\u003c\u00c1\u0001\u007b\u00fc\u007f", 1, -2.5f, 0x1p-16f, 57344,
                Float.NEGATIVE_INFINITY, Float.NaN);
    }

    @Test
    void aPartCanBeRead() throws IOException {
        try (var file = tensor(DType.BF16, "\u0080\u003f\u0000\u0040\u0040\u0040\u0080\u0040")) {
            var part = new float[3];
            file.readFloats("a", 1, part);
            assertThat(part).containsExactly(2, 3, 4);
            file.readFloats("a", 4, new float[0]);
            assertThatThrownBy(() -> file.readFloats("a", 2, part)).isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining("elements 2 to 5 of tensor 'a', which has 4");
            assertThatThrownBy(() -> file.readFloats("a", -1, part)).isInstanceOf(IndexOutOfBoundsException.class);
        }
        try (var file = tensor(DType.U8, "\1\2\3")) {
            var part = new long[2];
            file.readLongs("a", 1, part);
            assertThat(part).containsExactly(2, 3);
            assertThatThrownBy(() -> file.readLongs("a", Long.MAX_VALUE, part))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void unknownTensorIsNamed() throws IOException {
        try (var file = tensor(DType.U8, "\1")) {
            assertThat(file.contains("none")).isFalse();
            assertThatThrownBy(() -> file.readFloat32("none")).isInstanceOf(NoSuchElementException.class)
                    .hasMessageContaining("'none'");
        }
    }

    @Test
    void moreDimensionsThanArraysHaveAreLeftToTheBytes() throws IOException {
        var file = withHeader("{\"a\":{\"dtype\":\"F32\",\"shape\":[" + "1,".repeat(32)
                + "1],\"data_offsets\":[0,4]}}", 4);
        try (var tensors = SafetensorsFile.open(file)) {
            assertThatThrownBy(() -> tensors.readFloat32("a")).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("33 dimensions");
            assertThat(tensors.bytes("a").remaining()).isEqualTo(4);
        }
    }

    @Test
    void closedFileIsNotReadButItsBuffersAre() throws IOException {
        var file = tensor(DType.U8, "\1\2");
        var bytes = file.bytes("a");
        file.close();
        assertThat(bytes.get(1)).isEqualTo((byte) 2);
        assertThatThrownBy(() -> file.readLongs("a")).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void fileThatBecameShorterIsRefused() throws IOException {
        try (var file = tensor(DType.U8, "\1\2")) {
            try (var channel = FileChannel.open(file.path(), StandardOpenOption.WRITE)) {
                channel.truncate(20);
            }
            assertThatThrownBy(() -> file.readLongs("a")).isInstanceOfSatisfying(SafetensorsException.class,
                    e -> assertThat(e.reason()).isEqualTo(SafetensorsException.Reason.TRUNCATED));
        }
    }

    @Test
    void whatIsNoFileIsRefused() {
        assertThatThrownBy(() -> SafetensorsFile.open(folder)).isInstanceOf(FileSystemException.class)
                .hasMessageContaining("is not a file");
        assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void filesAndTensorsBeyondTwoGibibytes() throws IOException {
        long large = 5L << 30;
        var header = ("{\"large\":{\"dtype\":\"BF16\",\"shape\":[" + large / 2 + "],"
                + "\"data_offsets\":[0," + large + "]},"
                + "\"last\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[" + large + "," + (large + 4) + "]}}")
                .getBytes(StandardCharsets.UTF_8);
        var path = folder.resolve("large.safetensors");
        long data = 8 + header.length;
        // Sparse, but for values around the ends of maps.
        try (var channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE)) {
            var start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
            channel.write(start.putLong(header.length).put(header).flip());
            for (long gib = 1; gib <= 4; gib++) {
                channel.write(ByteBuffer.wrap(new byte[] {(byte) 0x80, 0x3f, 0, 0x40, 0x40, 0x40}),
                        data + (gib << 30) - 2);
            }
            channel.write(ByteBuffer.wrap(new byte[] {42, 0, 0, 0}), data + large);
        }
        try (var tensors = SafetensorsFile.open(path)) {
            assertThat(tensors.readLongs("last")).containsExactly(42);
            var values = new float[1000];
            for (long gib = 1; gib <= 4; gib++) {
                tensors.readFloats("large", (gib << 29) - 501, values);
                assertThat(values).startsWith(0, 0).endsWith(0, 0);
                assertThat(Arrays.copyOfRange(values, 499, 504)).containsExactly(0, 1, 2, 3, 0);
            }
            assertThat(tensors.bytes("large", (2L << 30) - 2, 3)).isEqualTo(ByteBuffer.wrap(new byte[] {-128, 63, 0}));
            var most = tensors.bytes("large", 1, Integer.MAX_VALUE);
            assertThat(most.get((1 << 30) - 3)).isEqualTo((byte) 0x80);
            assertThatThrownBy(() -> tensors.bytes("large")).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'large'");
        }
    }

    @Test
    void tensorsOfSeveralChunksAreWhole() throws IOException {
        int count = 3 * ArrayMemory.CHUNK_ELEMENTS + 1;
        var values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i;
        }
        var path = folder.resolve("chunks.safetensors");
        new SafetensorsWriter().add("a", DType.F32, Nd4j.createFromArray(values).reshape(1, count)).write(path);
        try (var tensors = SafetensorsFile.open(path)) {
            var array = tensors.readFloat32("a");
            assertThat(array.shape()).containsExactly(1, count);
            assertThat(TestFiles.floats(array)).isEqualTo(values);
        }
    }

    @Test
    void nothingIsCopiedToTheHeap() throws IOException {
        long elements = 16L << 20;
        var header = "{\"a\":{\"dtype\":\"BF16\",\"shape\":[4096,4096],\"data_offsets\":[0," + 2 * elements + "]}}";
        var path = withHeader(header, 0);
        try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {0x40}), channel.size() + 2 * elements - 1);
        }
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (var file = SafetensorsFile.open(path)) {
            file.readFloat32("a").close();
            long before = threads.getCurrentThreadAllocatedBytes();
            try (var array = file.readFloat32("a")) {
                assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
                assertThat(array.getFloat(4095, 4095)).isEqualTo(2);
            }
        }
    }

    @Test
    void readsEveryTypeThatTheReferenceWrote() throws IOException, URISyntaxException {
        var path = Path.of(SafetensorsFileTest.class.getResource("/safetensors/every-type.safetensors").toURI());
        try (var file = SafetensorsFile.open(path)) {
            assertThat(file.metadata()).isEqualTo(Map.of("a", "b"));
            for (var name : List.of("F64", "F32", "F16")) {
                assertThat(file.info(name).dtype()).isEqualTo(DType.valueOf(name));
                assertThat(TestFiles.floats(file.readFloat32(name))).containsExactly(1, 2, 3);
            }
            for (var name : List.of("I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8")) {
                assertThat(file.info(name).dtype()).isEqualTo(DType.valueOf(name));
                assertThat(file.readLongs(name)).containsExactly(1, 2, 3);
            }
            for (var name : List.of("bf16", "e4m3", "e5m2")) {
                assertThat(TestFiles.floats(file.readFloat32(name))).containsExactly(1, -2.5f);
            }
            assertThat(file.readLongs("bool")).containsExactly(1, 0);
            assertThat(file.readFloat32("scalar").getFloat(0)).isEqualTo(7);
            assertThat(file.readFloat32("empty").shape()).containsExactly(2, 0);
        }
    }

    @Test
    void readsWhatTheReferenceWrote() throws IOException {
        try (var golden = SafetensorsFile.open(TestFiles.TIED.resolve("golden.safetensors"))) {
            assertThat(golden.info("logits").dtype()).isEqualTo(DType.F32);
            assertThat(golden.readFloat32("logits").shape()).containsExactly(2, 40, 320);
            assertThat(golden.info("input_ids").shape()).containsExactly(2, 40);
            assertThat(Arrays.stream(golden.readLongs("input_ids"))).hasSize(80).allMatch(id -> id >= 0 && id < 320);
        }
        try (var model = SafetensorsFile.open(TestFiles.TEACHER.resolve("model.safetensors"))) {
            var name = "model.layers.3.mlp.down_proj.weight";
            var bytes = model.bytes(name);
            var array = model.readFloat32(name).reshape(-1);
            assertThat(model.info(name).dtype()).isEqualTo(DType.BF16);
            for (int i = 0; i < array.length(); i++) {
                assertThat(Float.floatToRawIntBits(array.getFloat(i))).isEqualTo(bytes.getShort(2 * i) << 16);
            }
            assertThat(model.readFloat64(name).getDouble(7, 5)).isEqualTo(model.readFloat32(name).getFloat(7, 5));
        }
    }
}
