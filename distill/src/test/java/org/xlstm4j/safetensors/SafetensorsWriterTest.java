package org.xlstm4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.xlstm4j.safetensors.SafetensorsException.Reason;

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
            assertThat(TestFiles.floats(tensors.readFloat32("v"))).isEqualTo(values);
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
                .add("row", DType.F32, matrix.getRow(1))
                .add("one", DType.F32, matrix.get(NDArrayIndex.point(1), NDArrayIndex.interval(1, 2)))
                .add("columnOfOne", DType.F32, matrix.getColumn(2))
                .add("cast", DType.F32, matrix.castTo(DataType.DOUBLE).getColumn(1))
                .write(path);
        try (var tensors = SafetensorsFile.open(path)) {
            assertThat(TestFiles.floats(tensors.readFloat32("transposed"))).containsExactly(0, 3, 1, 4, 2, 5);
            assertThat(TestFiles.floats(tensors.readFloat32("column"))).containsExactly(1, 2, 4, 5);
            assertThat(TestFiles.floats(tensors.readFloat32("fortran"))).containsExactly(0, 1, 2, 3, 4, 5);
            assertThat(TestFiles.floats(tensors.readFloat32("row"))).containsExactly(3, 4, 5);
            assertThat(TestFiles.floats(tensors.readFloat32("one"))).containsExactly(4);
            assertThat(TestFiles.floats(tensors.readFloat32("columnOfOne"))).containsExactly(2, 5);
            assertThat(TestFiles.floats(tensors.readFloat32("cast"))).containsExactly(1, 4);
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
        assertThatThrownBy(() -> writer.write(folder.resolve("t"))).isInstanceOfSatisfying(
                        SafetensorsException.class, e -> assertThat(e.reason()).isEqualTo(Reason.VALUE_RANGE))
                .hasMessageContaining("'a'").hasMessageContaining("beyond the range of F16");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aSourcesOwnFailureIsLeftAsItIs() {
        var failure = new ArithmeticException("/ by zero");
        var writer = new SafetensorsWriter().add("a", DType.F16, new long[] {1}, () -> {
            throw failure;
        });
        assertThatThrownBy(() -> writer.write(folder.resolve("t"))).isSameAs(failure);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void wrongDeclarationsAreRefused() {
        var writer = new SafetensorsWriter().add("a", DType.F32, Nd4j.createFromArray(1f));
        assertThatThrownBy(() -> writer.add("a", DType.F32, Nd4j.createFromArray(1f))).hasMessageContaining("'a'");
        assertThatThrownBy(() -> writer.add("__metadata__", DType.F32, Nd4j.createFromArray(1f)))
                .hasMessageContaining("__metadata__");
        assertThatThrownBy(() -> writer.add("b", DType.I64, new long[] {2}, 1)).hasMessageContaining("[2]");
        assertThatThrownBy(() -> writer.add("b", DType.BF16, new long[] {1}, 1)).hasMessageContaining("BF16");
        assertThatThrownBy(() -> writer.add("b", DType.F8_E4M3, Nd4j.createFromArray(1f)))
                .hasMessageContaining("F8_E4M3");
        assertThatThrownBy(() -> writer.add("b", DType.F32, new long[65], () -> null)).hasMessageContaining("65");
        assertThatThrownBy(() -> writer.add("b", DType.F32, new long[] {-1}, () -> null)).hasMessageContaining("-1");
        assertThatThrownBy(() -> writer.add("b", DType.F32, new long[] {1L << 32, 1L << 31}, () -> null))
                .hasMessageContaining("63 bits");
        assertThatThrownBy(() -> writer.add("\ud800", DType.F32, Nd4j.createFromArray(1f)))
                .hasMessageContaining("named '?'");
        assertThatThrownBy(() -> writer.metadata("k", "\udc00")).hasMessageContaining("'k'");
    }

    @Test
    void integersOfArraysAreStoredAsDeclared() throws IOException {
        var path = folder.resolve("t.safetensors");
        new SafetensorsWriter()
                .add("long", DType.I64, Nd4j.createFromArray(Long.MIN_VALUE, Long.MAX_VALUE))
                .add("int", DType.I16, Nd4j.createFromArray(-3, 4).reshape(2, 1))
                .add("bool", DType.BOOL, Nd4j.createFromArray(true, false))
                .add("ubyte", DType.U8, Nd4j.createFromArray(255, 0).castTo(DataType.UBYTE))
                .write(path);
        try (var tensors = SafetensorsFile.open(path)) {
            assertThat(tensors.readLongs("long")).containsExactly(Long.MIN_VALUE, Long.MAX_VALUE);
            assertThat(tensors.readLongs("int")).containsExactly(-3, 4);
            assertThat(tensors.info("int").dtype()).isEqualTo(DType.I16);
            assertThat(tensors.readLongs("bool")).containsExactly(1, 0);
            assertThat(tensors.readLongs("ubyte")).containsExactly(255, 0);
        }
        var rounding = new SafetensorsWriter().add("a", DType.I64, Nd4j.createFromArray(1f));
        assertThatThrownBy(() -> rounding.write(path)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'a' was declared as I64, but is FLOAT");
    }

    @Test
    void tensorsOfSeveralChunksAreWhole() throws IOException {
        int count = 2 * ArrayMemory.CHUNK_ELEMENTS + 5;
        var values = new float[count];
        var integers = new long[count];
        for (int i = 0; i < count; i++) {
            values[i] = i % 251;
            integers[i] = i;
        }
        var path = folder.resolve("t.safetensors");
        var array = Nd4j.createFromArray(values);
        new SafetensorsWriter().add("f", DType.BF16, array).add("l", DType.I32, new long[] {count}, integers)
                .write(path);
        try (var tensors = SafetensorsFile.open(path)) {
            assertThat(TestFiles.floats(tensors.readFloat32("f"))).isEqualTo(values);
            assertThat(tensors.readLongs("l")).isEqualTo(integers);
        }
        assertThat(array.getFloat(count - 1)).isEqualTo(values[count - 1]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "golden.safetensors"})
    void copiesOfTheReferencesFilesAreBitEqual(String name) throws IOException {
        var original = TestFiles.TIED.resolve(name);
        var path = folder.resolve(name);
        try (var source = SafetensorsFile.open(original)) {
            var writer = new SafetensorsWriter();
            source.metadata().forEach(writer::metadata);
            source.names().forEach(tensor -> writer.copy(tensor, source));
            writer.write(path);
        }
        assertThat(path).hasSameBinaryContentAs(original);
    }

    @Test
    void shardsAndIndexAreAsTheReferenceWritesThem() throws IOException {
        var index = new ObjectMapper().readTree(TestFiles.SHARDED.resolve(SafetensorsWriter.INDEX_FILE).toFile());
        var sources = new TreeMap<String, SafetensorsFile>();
        var writer = new SafetensorsWriter().metadata("format", "pt");
        try {
            var shards = new TreeMap<String, List<String>>();
            for (var entry : index.get("weight_map").properties()) {
                shards.computeIfAbsent(entry.getValue().textValue(), file -> new ArrayList<>()).add(entry.getKey());
            }
            for (var shard : shards.entrySet()) {
                var source = SafetensorsFile.open(TestFiles.SHARDED.resolve(shard.getKey()));
                sources.put(shard.getKey(), source);
                // The reference kept the model's order, in which each shard but the first begins with a large tensor.
                shard.getValue().stream()
                        .sorted(Comparator.comparingLong(name -> -source.info(name).bytes()))
                        .forEach(name -> writer.copy(name, source));
            }
            assertThat(writer.writeShards(folder, 120_000)).containsExactlyElementsOf(
                    shards.keySet().stream().map(folder::resolve).toList());
        } finally {
            for (var source : sources.values()) {
                source.close();
            }
        }
        for (var name : sources.keySet()) {
            assertThat(folder.resolve(name)).hasSameBinaryContentAs(TestFiles.SHARDED.resolve(name));
        }
        assertThat(folder.resolve(SafetensorsWriter.INDEX_FILE))
                .hasSameBinaryContentAs(TestFiles.SHARDED.resolve(SafetensorsWriter.INDEX_FILE));
    }

    @Test
    void shardsHoldWhatFitsInOrder() throws IOException {
        var writer = new SafetensorsWriter()
                .add("d", DType.F32, Nd4j.zeros(DataType.FLOAT, 2))
                .add("c", DType.F32, Nd4j.zeros(DataType.FLOAT, 2))
                .add("b", DType.F32, Nd4j.zeros(DataType.FLOAT, 5))
                .add("a", DType.F32, Nd4j.zeros(DataType.FLOAT, 1));
        var names = new ArrayList<List<String>>();
        for (var file : writer.writeShards(folder, 16)) {
            try (var shard = SafetensorsFile.open(file)) {
                names.add(shard.names());
            }
        }
        assertThat(names).containsExactly(List.of("b"), List.of("c", "d"), List.of("a"));
    }

    @Test
    void oneShardNeedsNoIndex() throws IOException {
        var writer = new SafetensorsWriter().add("a", DType.F32, Nd4j.createFromArray(1f));
        var file = folder.resolve(SafetensorsWriter.SINGLE_FILE);
        assertThat(writer.writeShards(folder, 4)).containsExactly(file);
        assertThat(folder.resolve(SafetensorsWriter.INDEX_FILE)).doesNotExist();
        var before = Files.readAllBytes(file);
        assertThatThrownBy(() -> writer.writeShards(folder, 4)).isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining(file.toString());
        assertThat(file).hasBinaryContent(before);
    }

    @Test
    void failureInALaterShardLeavesNoIndex() {
        var writer = new SafetensorsWriter()
                .add("a", DType.F32, Nd4j.createFromArray(1f))
                .add("b", DType.F32, new long[] {1}, () -> {
                    throw new IOException("disk gone");
                });
        assertThatThrownBy(() -> writer.writeShards(folder, 4)).hasMessage("disk gone");
        assertThat(folder).isDirectoryNotContaining("glob:**index.json")
                .isDirectoryNotContaining("glob:**model-00002-of-00002.safetensors");
        assertThatThrownBy(() -> writer.writeShards(folder, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
