package org.xlstm4j.files.compressed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompressedTest {
    private static final byte[] CONTENT = "some words, and words again\n".repeat(9000).getBytes(UTF_8);
    private static final byte[] SKIPPABLE_FRAME = {0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7};

    @TempDir
    Path folder;

    @Test
    void readsPlainGzipAndZstdWhateverTheirNames() throws IOException {
        assertThat(read(CONTENT)).isEqualTo(CONTENT);
        assertThat(read(gzip(CONTENT))).isEqualTo(CONTENT);
        assertThat(read(Zstd.compress(CONTENT))).isEqualTo(CONTENT);
    }

    @Test
    void readsAllMembersAndFrames() throws IOException {
        var twice = concat(CONTENT, CONTENT);

        assertThat(read(concat(gzip(CONTENT), gzip(CONTENT)))).isEqualTo(twice);
        assertThat(read(concat(Zstd.compress(CONTENT), Zstd.compress(CONTENT)))).isEqualTo(twice);
        assertThat(read(concat(SKIPPABLE_FRAME, Zstd.compress(CONTENT)))).isEqualTo(CONTENT);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void shortFilesArePlain(int length) throws IOException {
        var bytes = Arrays.copyOf(new byte[] {'a', 'b', 'c'}, length);

        assertThat(read(bytes)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "zstd"})
    void cutOrChangedFilesAreNamed(String format) throws IOException {
        var whole = format.equals("gzip") ? gzip(CONTENT) : Zstd.compress(CONTENT);
        var changed = whole.clone();
        Arrays.fill(changed, whole.length / 2, whole.length, (byte) 0x55);

        for (var bytes : new byte[][] {Arrays.copyOf(whole, whole.length - 3), Arrays.copyOf(whole, 5), changed}) {
            assertThatThrownBy(() -> read(bytes)).isInstanceOf(DamagedFileException.class)
                    .hasMessageStartingWith(folder.resolve("file") + ": the " + format + " data is damaged")
                    .hasMessageEndingWith("get the file again");
        }
    }

    @Test
    void skippingIsReading() throws IOException {
        var file = Files.write(folder.resolve("file"), Zstd.compress(CONTENT));

        try (var in = Compressed.open(file)) {
            in.skipNBytes(100_003);
            assertThat(in.read()).isEqualTo(CONTENT[100_003]);
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(CONTENT, 100_004, CONTENT.length));
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void missingFileAndFolderAreNamed() {
        assertThatThrownBy(() -> Compressed.open(folder.resolve("none"))).isInstanceOf(FileSystemException.class)
                .hasMessageContaining("none: there is no such file");
        assertThatThrownBy(() -> Compressed.open(folder)).isInstanceOf(FileSystemException.class)
                .hasMessageContaining("is a folder");
    }

    private byte[] read(byte[] bytes) throws IOException {
        try (var in = Compressed.open(Files.write(folder.resolve("file"), bytes))) {
            return in.readAllBytes();
        }
    }

    private static byte[] gzip(byte[] content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }

    private static byte[] concat(byte[] first, byte[] second) {
        var both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
