package org.xlstm4j.safetensors;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Files to read: some that the reference wrote, others made byte by byte. */
final class TestFiles {
    static final Path TIED = fixture("llama3-tied");
    static final Path SHARDED = fixture("llama31-ropescaled");
    static final Path TEACHER = fixture("teacher-llama-1m");

    private TestFiles() {
    }

    private static Path fixture(String name) {
        try {
            var marker = TestFiles.class.getResource("/checkpoint/" + name + "/config.json");
            return Path.of(Objects.requireNonNull(marker, name).toURI()).getParent();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A file of exactly these bytes, one a character. */
    static Path raw(Path folder, String bytes) throws IOException {
        return Files.write(folder.resolve("t.safetensors"), bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A file with the right header length and {@code dataBytes} bytes of 0, 1, 2… */
    static Path withHeader(Path folder, String header, int dataBytes) throws IOException {
        var data = new byte[dataBytes];
        for (int i = 0; i < dataBytes; i++) {
            data[i] = (byte) i;
        }
        return withHeader(folder, header, data);
    }

    /** A file with the right header length and {@code data}. */
    static Path withHeader(Path folder, String header, byte[] data) throws IOException {
        return Files.write(folder.resolve("t.safetensors"), content(header, data));
    }

    static byte[] content(String header, byte[] data) {
        var text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length).put(text).put(data).array();
    }

    /** The elements, row-major; ND4J's own equality allows differences. */
    static float[] floats(INDArray array) {
        return array.dup('c').data().asFloat();
    }
}
