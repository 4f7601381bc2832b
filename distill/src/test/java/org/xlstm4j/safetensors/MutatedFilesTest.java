package org.xlstm4j.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.safetensors.SafetensorsException.Reason;

/** Files that are nearly right: each is either refused with a reason, or keeps every rule. */
class MutatedFilesTest {
    private static final int FILES = 100_000;
    /** What opening takes for the smallest file, most of it Jackson's buffers. */
    private static final long ALLOCATED_ANYWAY = 128 << 10;
    /** Names, shapes and places of tensors take more as objects than as text. */
    private static final long ALLOCATED_PER_BYTE = 16;
    private static final String[] PIECES = {"\"", "{", "}", "[", "]", ",", ":", "-", "0", "1", "9", "e9", "null",
        "true", "18446744073709551615", "9223372036854775807", "4294967296", "\"dtype\":\"F64\"", "\"shape\":[", "F32", "BOOL",
        "\"data_offsets\":[0,4]", "\"__metadata__\":{", "\\ud800", "\u00e9", " ", "\n", "\0", "[[[[[[[[", "{\"a\":"};

    @TempDir
    Path folder;

    private final Random random = new Random(20);

    private static byte[] wellFormed() {
        return TestFiles.content("{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                + "\"empty\":{\"dtype\":\"I64\",\"shape\":[4,0],\"data_offsets\":[24,24]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[5],\"data_offsets\":[24,34]},"
                + "\"s\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[34,35]}}   ", new byte[35]);
    }

    private byte[] mutated(byte[] file) {
        var bytes = file.clone();
        for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
            bytes = switch (random.nextInt(9)) {
                case 0 -> flipped(bytes, random.nextInt(bytes.length));
                case 1 -> flipped(bytes, random.nextInt(Math.min(bytes.length, 8)));
                case 2 -> Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length));
                case 3 -> Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(9));
                case 4 -> digitChanged(bytes);
                case 5 -> replaced(bytes, 8 + random.nextInt(bytes.length), 0, anyOf(PIECES));
                case 6 -> replaced(bytes, 8 + random.nextInt(bytes.length), random.nextInt(30), anyOf(PIECES));
                case 7 -> replaced(bytes, 9, 0, entry());
                default -> ofHeaderLength(bytes, random.nextInt(2 * bytes.length));
            };
        }
        return bytes;
    }

    private byte[] flipped(byte[] bytes, int at) {
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        return bytes;
    }

    private static byte[] ofHeaderLength(byte[] bytes, int length) {
        if (bytes.length >= 8) {
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        }
        return bytes;
    }

    private byte[] digitChanged(byte[] bytes) {
        int start = random.nextInt(bytes.length);
        for (int i = start; i < bytes.length; i++) {
            if (Character.isDigit(bytes[i])) {
                bytes[i] = (byte) ('0' + random.nextInt(10));
                return bytes;
            }
        }
        return bytes;
    }

    private String anyOf(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** One more tensor, with numbers that may or may not fit. */
    private String entry() {
        int begin = random.nextInt(40);
        return String.format("\"x\":{\"dtype\":\"%s\",\"shape\":[%s,%s],\"data_offsets\":[%d,%d]},",
                anyOf("U8", "U8", "F16", "F64"), anyOf("1", "2", "4294967296"), anyOf("1", "3", "4294967296"), begin,
                begin + random.nextInt(4));
    }

    /** Puts {@code piece} in place of some bytes of the header, whose length is set right. */
    private byte[] replaced(byte[] bytes, int from, int length, String piece) {
        var text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.lastIndexOf('}') + 1;
        if (from > end) {
            return bytes;
        }
        var header = new StringBuilder(text.substring(8, end))
                .replace(from - 8, Math.min(from + length, end) - 8, piece).toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + header.length + bytes.length - end).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length).put(header).put(bytes, end, bytes.length - end).array();
    }

    @Test
    void areRefusedWithAReasonOrKeepTheRules() throws IOException {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var reasons = EnumSet.noneOf(Reason.class);
        int accepted = 0;
        var path = folder.resolve("t.safetensors");
        var original = wellFormed();
        SafetensorsFile.open(TestFiles.raw(folder, new String(original, StandardCharsets.ISO_8859_1))).close();
        try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            for (int i = 0; i < FILES; i++) {
                var bytes = mutated(original);
                channel.truncate(bytes.length).write(ByteBuffer.wrap(bytes), 0);
                long before = threads.getCurrentThreadAllocatedBytes();
                try (var file = SafetensorsFile.open(path)) {
                    assertKeepsTheRules(file, bytes.length);
                    accepted++;
                } catch (SafetensorsException e) {
                    reasons.add(e.reason());
                }
                assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                        .isLessThan(ALLOCATED_ANYWAY + ALLOCATED_PER_BYTE * bytes.length);
            }
        }
        assertThat(accepted).isBetween(FILES / 100, FILES / 2);
        assertThat(EnumSet.complementOf(reasons)).containsExactlyInAnyOrder(Reason.LFS_POINTER, Reason.ZIP,
                Reason.PICKLE, Reason.RANK, Reason.VALUE_RANGE);
    }

    private static void assertKeepsTheRules(SafetensorsFile file, int fileBytes) {
        long end = 0;
        for (var name : file.names()) {
            var info = file.info(name);
            long elements = 1;
            for (long dimension : info.shape()) {
                elements *= dimension;
            }
            if (info.begin() != end || info.bytes() != elements * info.dtype().bytes()) {
                throw new AssertionError(name + " lies wrong: " + info);
            }
            end = info.end();
        }
        if (end > fileBytes - 10) {
            throw new AssertionError("tensors of " + end + " bytes in a file of " + fileBytes);
        }
    }
}
