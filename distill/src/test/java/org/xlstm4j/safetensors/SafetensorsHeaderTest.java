package org.xlstm4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.safetensors.SafetensorsException.Reason;

class SafetensorsHeaderTest {
    @TempDir
    Path folder;

    private Path raw(String bytes) throws IOException {
        return TestFiles.raw(folder, bytes);
    }

    private Path withHeader(String header, int dataBytes) throws IOException {
        return TestFiles.withHeader(folder, header, dataBytes);
    }

    private static void assertRefused(Path file, Reason reason, String... parts) {
        assertRefused(file, SafetensorsFile.MAX_HEADER_BYTES, reason, parts);
    }

    private static void assertRefused(Path file, int maxHeaderBytes, Reason reason, String... parts) {
        assertThatThrownBy(() -> SafetensorsFile.open(file, maxHeaderBytes).close())
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
        void zipArchive() throws IOException {
            assertRefused(raw("PK\u0003\u0004\0\0\b\b\0\0archive/data.pkl"), Reason.ZIP, "PyTorch", "as safetensors");
        }

        @Test
        void pickle() throws IOException {
            assertRefused(raw("\u0080\u0002}q\0X\u0006\0\0\0weight"), Reason.PICKLE, "PyTorch", "as safetensors");
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
        void headerAboveAnotherLimit() throws IOException {
            var file = raw("\u0003\0\0\0\0\0\0\0{} ");
            assertRefused(file, 2, Reason.HEADER_TOO_LARGE, "3 bytes exceeds 2");
            SafetensorsFile.open(file, 3).close();
        }

        @Test
        void headerTooSmall() throws IOException {
            assertRefused(raw("\0\0\0\0\0\0\0\0"), Reason.HEADER_TOO_SMALL, "0 bytes");
        }

        @Test
        void headerPastTheEnd() throws IOException {
            assertRefused(raw("<\0\0\0\0\0\0\0{}"), Reason.HEADER_PAST_END, "byte 68", "ends at 10");
        }

        @Test
        void headerNotUtf8() throws IOException {
            assertRefused(raw("\u0001\0\0\0\0\0\0\0\u00ff"), Reason.HEADER_NOT_UTF8, "byte 0");
            assertRefused(raw("\u0002\0\0\0\0\0\0\0{\u00ff"), Reason.HEADER_NOT_UTF8, "byte 1");
            // Slash in two bytes; half of a surrogate pair; a character that is cut off.
            assertRefused(raw("\u0003\0\0\0\0\0\0\0{\u00c0\u00af"), Reason.HEADER_NOT_UTF8);
            assertRefused(raw("\u0004\0\0\0\0\0\0\0{\u00ed\u00a0\u0080"), Reason.HEADER_NOT_UTF8);
            assertRefused(raw("\u0003\0\0\0\0\0\0\0{\u00e2\u0082"), Reason.HEADER_NOT_UTF8);
        }

        @Test
        void headerNotUtf8FarIn() throws IOException {
            assertRefused(raw("\u0003\u0075\0\0\0\0\0\0{}" + " ".repeat(0x7500) + "\u00ff"), Reason.HEADER_NOT_UTF8,
                    "byte 29954");
        }

        @Test
        void headerInUtf16() throws IOException {
            assertRefused(raw("\u0004\0\0\0\0\0\0\0{\0}\0"), Reason.HEADER_NOT_JSON);
        }

        @Test
        void headerNotJson() throws IOException {
            assertRefused(raw("\u0001\0\0\0\0\0\0\0{"), Reason.HEADER_NOT_JSON, "column");
            assertRefused(raw("\u0002\0\0\0\0\0\0\0{{"), Reason.HEADER_NOT_JSON, "column");
            assertRefused(raw("\u0003\0\0\0\0\0\0\0{}]"), Reason.HEADER_NOT_JSON);
        }

        @Test
        void headerNotAnObject() throws IOException {
            assertRefused(raw("\u0002\0\0\0\0\0\0\0[]"), Reason.HEADER_NOT_OBJECT);
        }

        @Test
        void whiteSpaceBeforeTheHeader() throws IOException {
            assertRefused(raw("\u0006\0\0\0\0\0\0\0\t\n{}\r "), Reason.HEADER_WHITE_SPACE);
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
        void unpairedSurrogateInAName() throws IOException {
            for (var name : new String[] {"a\\ud800", "\\udc00", "\\udc00\\ud800"}) {
                assertRefused(withHeader(
                        "{\"" + name + "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1),
                        Reason.HEADER_NOT_JSON, "surrogate");
                assertRefused(withHeader("{\"__metadata__\":{\"k\":\"" + name + "\"}}", 0),
                        Reason.HEADER_NOT_JSON, "surrogate");
            }
        }

        @Test
        void entryNotAnObject() throws IOException {
            assertRefused(raw("\u0007\0\0\0\0\0\0\0{\"a\":1}"), Reason.ENTRY, "'a'");
        }

        @Test
        void entryWithFieldsOfAnotherType() throws IOException {
            assertRefused(withHeader("{\"a\":{\"dtype\":8,\"shape\":[1],\"data_offsets\":[0,1]}}", 1),
                    Reason.ENTRY, "dtype");
            assertRefused(withHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":1,\"data_offsets\":[0,1]}}", 1),
                    Reason.ENTRY, "shape");
            assertRefused(withHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":[[1]],\"data_offsets\":[0,1]}}", 1),
                    Reason.ENTRY, "shape");
            assertRefused(withHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,1]}}", 1),
                    Reason.ENTRY, "two data_offsets");
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
            assertRefused(withHeader("{\"a\":{\"dtype\":\"F4\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1),
                    Reason.DTYPE, "F4", "BF16");
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
                    Reason.DIMENSION_OVERFLOW, "18446744073709551615");
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
        void tooManyDimensions() throws IOException {
            assertRefused(withHeader("{\"a\":{\"dtype\":\"U8\",\"shape\":[" + "1,".repeat(64)
                    + "1],\"data_offsets\":[0,1]}}", 1), Reason.RANK, "'a'", "64");
        }

        @Test
        void overflowOfAnOffset() throws IOException {
            assertRefused(withHeader(
                    "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[9223372036854775808,1]}}", 1),
                    Reason.OFFSETS, "9223372036854775808");
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
        void longNamesInOneShortLine() throws IOException {
            var name = "a\\n\\u001b[2J" + "x".repeat(60_000);
            assertThatThrownBy(() -> SafetensorsFile.open(withHeader("{\"" + name + "\":1}", 0)))
                    .hasMessageContaining("'a??[2Jxxx").hasMessageNotContaining("\u001b")
                    .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400));
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
            assertRefused(withHeader("{\"__metadata__\":{\"k\":\"1\",\"k\":\"1\"}}", 0), Reason.DUPLICATE_NAME, "'k'");
        }

        @Test
        void duplicateFieldOfAnEntry() throws IOException {
            assertRefused(withHeader(
                    "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1),
                    Reason.DUPLICATE_NAME, "'a' has dtype twice");
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
        void headerLengthThatSpellsAnotherFormat() throws IOException {
            SafetensorsFile.open(raw("\u0080\u0002\0\0\0\0\0\0{}" + " ".repeat(0x0280 - 2))).close();
        }

        @Test
        void metadataAndNamesOfAnyLength() throws IOException {
            var text = "x".repeat(60_000);
            try (var file = SafetensorsFile.open(withHeader("{\"__metadata__\":{\"k\":\"" + text + "\"},\"" + text
                    + "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1))) {
                assertThat(file.names()).containsExactly(text);
                assertThat(file.metadata()).containsEntry("k", text);
            }
        }

        @Test
        void fieldsThatTheFormatDoesNotKnow() throws IOException {
            try (var file = SafetensorsFile.open(withHeader("{\"a\":{\"dtype\":\"U8\",\"note\":[{}],\"shape\":[1],"
                    + "\"data_offsets\":[0,1]}}", 1))) {
                assertThat(file.info("a").elements()).isEqualTo(1);
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
}
