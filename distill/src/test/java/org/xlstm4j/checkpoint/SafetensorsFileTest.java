package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.NoSuchElementException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.checkpoint.SafetensorsException.Reason;

class SafetensorsFileTest {
    @TempDir
    Path folder;

    /** A file of exactly these bytes, one a character. */
    private Path raw(String bytes) throws IOException {
        return Files.write(folder.resolve("t.safetensors"), bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A file with the right header length and {@code dataBytes} bytes of 0, 1, 2… */
    private Path withHeader(String header, int dataBytes) throws IOException {
        var text = header.getBytes(StandardCharsets.UTF_8);
        var file = ByteBuffer.allocate(8 + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(text.length).put(text);
        for (int i = 0; i < dataBytes; i++) {
            file.put((byte) i);
        }
        return Files.write(folder.resolve("t.safetensors"), file.array());
    }

    private static ThrowingCallable opening(Path file) {
        return () -> SafetensorsFile.open(file).close();
    }

    private static void assertRefused(Path file, Reason reason, String... parts) {
        assertThatThrownBy(opening(file))
                .isInstanceOfSatisfying(SafetensorsException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageStartingWith(file + ": ").hasMessageNotContaining("\n")
                .satisfies(e -> assertThat(parts).allSatisfy(part -> assertThat(e).hasMessageContaining(part)));
    }

    @Nested
    class Refused {
        @Test
        void lfsPointer() throws IOException {
            assertRefused(raw("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 4976698672\n"),
                    Reason.LFS_POINTER, "git lfs pull");
        }

        @Test
        void emptyFile() throws IOException {
            assertRefused(raw(""), Reason.TOO_SHORT, "0 bytes");
        }

        @Test
        void tooShort() throws IOException {
            assertRefused(raw("\u0002\0\0\0\0\0\0"), Reason.TOO_SHORT, "7 bytes");
        }

        @Test
        void headerTooLarge() throws IOException {
            assertRefused(raw("<\0\0\0\0\u00ff\u00ff\u00ff"), Reason.HEADER_TOO_LARGE, "18446742974197923900");
            assertRefused(raw("\u0001\u00e1\u00f5\u0005\0\0\0\0{}"), Reason.HEADER_TOO_LARGE, "100000001");
        }

        @Test
        void headerTooSmall() throws IOException {
            assertRefused(raw("\0\0\0\0\0\0\0\0"), Reason.HEADER_TOO_SMALL, "0 bytes");
            assertRefused(raw("\u0001\0\0\0\0\0\0\0{"), Reason.HEADER_TOO_SMALL, "1 bytes");
        }

        @Test
        void headerPastTheEnd() throws IOException {
            assertRefused(raw("<\0\0\0\0\0\0\0{}"), Reason.HEADER_PAST_END, "byte 68", "ends at 10");
        }

        @Test
        void headerNotUtf8() throws IOException {
            assertRefused(raw("\u0002\0\0\0\0\0\0\0{\u00ff"), Reason.HEADER_NOT_UTF8);
        }

        @Test
        void headerNotJson() throws IOException {
            assertRefused(raw("\u0002\0\0\0\0\0\0\0{{"), Reason.HEADER_NOT_JSON, "column");
            assertRefused(raw("\u0003\0\0\0\0\0\0\0{}]"), Reason.HEADER_NOT_JSON);
            assertRefused(raw("\u0007\0\0\0\0\0\0\0{\"a\":1}"), Reason.ENTRY, "'a'");
        }

        @Test
        void headerNotAnObject() throws IOException {
            assertRefused(raw("\u0002\0\0\0\0\0\0\0[]"), Reason.HEADER_START);
        }

        @Test
        void whiteSpaceBeforeTheHeader() throws IOException {
            assertRefused(raw("\u0006\0\0\0\0\0\0\0\t\n{}\r "), Reason.HEADER_START);
        }

        @Test
        void contentAfterTheHeadersObject() throws IOException {
            assertRefused(withHeader("{}{}", 0), Reason.HEADER_NOT_JSON, "goes on");
        }

        @Test
        void metadataNotStrings() throws IOException {
            assertRefused(withHeader("{\"__metadata__\":{\"epoch\":1}}", 0), Reason.METADATA, "'epoch'");
            assertRefused(withHeader("{\"__metadata__\":\"pt\"}", 0), Reason.METADATA);
        }

        @Test
        void entryWithoutShape() throws IOException {
            assertRefused(withHeader("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1), Reason.ENTRY, "'a'");
        }

        @Test
        void entryWithFractionsOrNegatives() throws IOException {
            assertRefused(withHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":[1.5],\"data_offsets\":[0,1]}}", 1),
                    Reason.ENTRY, "1.5");
            assertRefused(withHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}}", 1),
                    Reason.ENTRY, "-1");
            assertRefused(withHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[-1,0]}}", 1),
                    Reason.OFFSETS, "-1");
        }

        @Test
        void unknownDtype() throws IOException {
            assertRefused(withHeader("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1),
                    Reason.DTYPE, "F8_E4M3", "BF16");
        }

        @Test
        void wrongSpanForTheDtype() throws IOException {
            assertRefused(withHeader("{\"a\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,4]}}", 4),
                    Reason.SPAN, "'a'", "16 bytes", "span 4");
        }

        @Test
        void overflowOfADimension() throws IOException {
            assertRefused(withHeader(
                    "{\"a\":{\"dtype\":\"I32\",\"shape\":[2,18446744073709551615],\"data_offsets\":[0,16]}}", 16),
                    Reason.SHAPE_OVERFLOW, "18446744073709551615");
        }

        @Test
        void overflowOfTheDimensionsProduct() throws IOException {
            assertRefused(withHeader(
                    "{\"a\":{\"dtype\":\"U8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0),
                    Reason.SHAPE_OVERFLOW, "4294967296");
        }

        @Test
        void overflowOfTheBytes() throws IOException {
            assertRefused(withHeader(
                    "{\"a\":{\"dtype\":\"I32\",\"shape\":[2,4611686018427387903],\"data_offsets\":[0,16]}}", 16),
                    Reason.SHAPE_OVERFLOW);
        }

        @Test
        void endBeforeBegin() throws IOException {
            assertRefused(withHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[2,1]}}", 2),
                    Reason.OFFSETS, "ends at 1", "begins at 2");
        }

        @Test
        void incompleteBuffer() throws IOException {
            assertRefused(withHeader("{\"a\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}", 15),
                    Reason.TRUNCATED, "take 16", "only 15");
        }

        @Test
        void bytesAfterTheLastTensor() throws IOException {
            assertRefused(withHeader("{\"a\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}", 17),
                    Reason.TRAILING_BYTES, "17");
            assertRefused(withHeader("{}", 1), Reason.TRAILING_BYTES);
        }

        @Test
        void overlap() throws IOException {
            assertRefused(withHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
                    + "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}", 6),
                    Reason.OVERLAP, "'b' begins at 2", "ends at 4");
        }

        @Test
        void sameBytesForManyTensors() throws IOException {
            assertRefused(withHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
                    + "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 4), Reason.OVERLAP);
        }

        @Test
        void hole() throws IOException {
            assertRefused(withHeader("{\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[6,8]},"
                    + "\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 8),
                    Reason.HOLE, "'b' begins at 6", "ends at 4");
        }

        @Test
        void holeBeforeTheFirst() throws IOException {
            assertRefused(withHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[1,5]}}", 5),
                    Reason.HOLE);
        }

        @Test
        void duplicateName() throws IOException {
            assertRefused(withHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                    + "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", 2),
                    Reason.DUPLICATE_NAME, "'a'");
            assertRefused(withHeader("{\"__metadata__\":{},\"__metadata__\":{}}", 0), Reason.DUPLICATE_NAME);
        }

        @Test
        void duplicateFieldOfAnEntry() throws IOException {
            assertRefused(withHeader(
                    "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1),
                    Reason.HEADER_NOT_JSON, "dtype");
        }
    }

    @Nested
    class Allowed {
        @Test
        void noTensors() throws IOException {
            try (var file = SafetensorsFile.open(raw("\u0002\0\0\0\0\0\0\0{}"))) {
                assertThat(file.names()).isEmpty();
                assertThat(file.metadata()).isEmpty();
            }
        }

        @Test
        void whiteSpaceAfterTheHeader() throws IOException {
            try (var file = SafetensorsFile.open(raw("\u0006\0\0\0\0\0\0\0{}\r \t\n"))) {
                assertThat(file.names()).isEmpty();
            }
        }

        @Test
        void scalar() throws IOException {
            var file = withHeader("{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4);
            try (var tensors = SafetensorsFile.open(file)) {
                var array = tensors.readFloat32("a");
                assertThat(array.rank()).isZero();
                assertThat(array.getFloat(0)).isEqualTo(Float.intBitsToFloat(0x03020100));
                assertThat(tensors.info("a").elements()).isEqualTo(1);
            }
        }

        @Test
        void emptyTensor() throws IOException {
            var file = withHeader("{\"a\":{\"dtype\":\"F32\",\"shape\":[2,0],\"data_offsets\":[0,0]},"
                    + "\"b\":{\"dtype\":\"I64\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0);
            try (var tensors = SafetensorsFile.open(file)) {
                assertThat(tensors.readFloat32("a").shape()).containsExactly(2, 0);
                assertThat(tensors.readFloat32("a").dataType()).isEqualTo(DataType.FLOAT);
                assertThat(tensors.readLongs("b")).isEmpty();
            }
        }

        @Test
        void tensorsThatAreNotAligned() throws IOException {
            var file = withHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                    + "\"b\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[1,9]}}", 9);
            try (var tensors = SafetensorsFile.open(file)) {
                assertThat(tensors.readFloat64("b").getDouble(0))
                        .isEqualTo(Double.longBitsToDouble(0x0807060504030201L));
            }
        }
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

    @Test
    void integersOfEveryWidth() throws IOException {
        var header = "{\"i64\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                + "\"i32\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[8,12]},"
                + "\"i16\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[12,14]},"
                + "\"i8\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[14,15]},"
                + "\"u8\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[15,16]},"
                + "\"bool\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[16,17]}}";
        var path = withHeader(header, 17);
        var bytes = Files.readAllBytes(path);
        Arrays.fill(bytes, bytes.length - 17, bytes.length - 1, (byte) 0xfe);
        bytes[bytes.length - 1] = 1;
        Files.write(path, bytes);
        try (var tensors = SafetensorsFile.open(path)) {
            assertThat(tensors.readLongs("i64")).containsExactly(0xfefefefefefefefeL);
            assertThat(tensors.readLongs("i32")).containsExactly(0xfefefefe);
            assertThat(tensors.readLongs("i16")).containsExactly((short) 0xfefe);
            assertThat(tensors.readLongs("i8")).containsExactly(-2);
            assertThat(tensors.readLongs("u8")).containsExactly(254);
            assertThat(tensors.readLongs("bool")).containsExactly(1);
            assertThatThrownBy(() -> tensors.readFloat32("i64")).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("I64");
            assertThatThrownBy(() -> tensors.readFloat32("none")).isInstanceOf(NoSuchElementException.class)
                    .hasMessageContaining("'none'");
        }
    }

    @Test
    void offsetsBeyondTwoGibibytes() throws IOException {
        long large = 3L << 30;
        var header = ("{\"large\":{\"dtype\":\"U8\",\"shape\":[" + large + "],\"data_offsets\":[0," + large + "]},"
                + "\"last\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[" + large + "," + (large + 4) + "]}}")
                .getBytes(StandardCharsets.UTF_8);
        var path = folder.resolve("large.safetensors");
        try (var channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE)) {
            var start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
            channel.write(start.putLong(header.length).put(header).flip());
            channel.write(ByteBuffer.wrap(new byte[] {9, 42, 0, 0, 0}), 8 + header.length + large - 1);
        }
        try (var tensors = SafetensorsFile.open(path)) {
            assertThat(tensors.readLongs("last")).containsExactly(42);
            assertThat(tensors.bytes("large", large - 2, 2)).isEqualTo(ByteBuffer.wrap(new byte[] {0, 9}));
            assertThatThrownBy(() -> tensors.bytes("large")).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'large'");
        }
    }

    @Test
    void tensorsOfSeveralChunksAreWhole() throws IOException {
        int count = (1 << 22) + 3;
        var values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i;
        }
        var path = folder.resolve("chunks.safetensors");
        new SafetensorsWriter().add("a", DType.F32, Nd4j.createFromArray(values).reshape(1, count)).write(path);
        try (var tensors = SafetensorsFile.open(path)) {
            var array = tensors.readFloat32("a");
            assertThat(array.shape()).containsExactly(1, count);
            assertThat(Fixtures.floats(array)).isEqualTo(values);
        }
    }

    @Test
    void readsWhatTheReferenceWrote() throws IOException {
        try (var golden = SafetensorsFile.open(Fixtures.TIED.resolve("golden.safetensors"))) {
            assertThat(golden.info("logits").dtype()).isEqualTo(DType.F32);
            assertThat(golden.readFloat32("logits").shape()).containsExactly(2, 40, 320);
            assertThat(golden.info("input_ids").shape()).containsExactly(2, 40);
            assertThat(Arrays.stream(golden.readLongs("input_ids"))).hasSize(80).allMatch(id -> id >= 0 && id < 320);
        }
        try (var model = SafetensorsFile.open(Fixtures.TEACHER.resolve("model.safetensors"))) {
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
