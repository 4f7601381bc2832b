package org.xlstm4j.files.compressed;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Files that may be compressed by gzip or zstd, told by their first bytes, not by their name. */
public final class Compressed {
    private static final int BUFFER_BYTES = 1 << 16;

    private Compressed() {
    }

    /**
     * A file's content, after decompression. Where it cannot be decompressed, reading throws
     * {@link DamagedFileException}.
     *
     * @throws FileSystemException if there is no such file or it is a folder
     */
    public static InputStream open(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new FileSystemException(file.toString(), null, "there is no such file");
        }
        if (Files.isDirectory(file)) {
            throw new FileSystemException(file.toString(), null, "is a folder; name the files in it");
        }
        var in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
        try {
            in.mark(Integer.BYTES);
            var start = in.readNBytes(Integer.BYTES);
            in.reset();
            return switch (Kind.of(start)) {
                case PLAIN -> in;
                case GZIP -> new Checked(new GZIPInputStream(in, BUFFER_BYTES), file, "gzip");
                case ZSTD -> new Checked(new ZstdInputStreamNoFinalizer(in), file, "zstd");
            };
        } catch (EOFException | ZipException e) {
            in.close();
            throw new DamagedFileException(file, "gzip", e);
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    private enum Kind {
        PLAIN, GZIP, ZSTD;

        private static final int ZSTD_FRAME = 0xFD2FB528;
        private static final int ZSTD_SKIPPABLE = 0x184D2A50;

        static Kind of(byte[] start) {
            var first = ByteBuffer.wrap(Arrays.copyOf(start, Integer.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getInt();
            if ((first & 0xFFFF) == GZIPInputStream.GZIP_MAGIC) {
                return GZIP;
            }
            return first == ZSTD_FRAME || (first & 0xFFFFFFF0) == ZSTD_SKIPPABLE ? ZSTD : PLAIN;
        }
    }

    /** Says which file is damaged. */
    private static final class Checked extends FilterInputStream {
        private final Path file;
        private final String format;

        Checked(InputStream in, Path file, String format) {
            super(in);
            this.file = file;
            this.format = format;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                return super.read(bytes, offset, length);
            } catch (EOFException | ZipException | ZstdIOException e) {
                throw new DamagedFileException(file, format, e);
            }
        }

        @Override
        public long skip(long count) throws IOException {
            try {
                return super.skip(count);
            } catch (EOFException | ZipException | ZstdIOException e) {
                throw new DamagedFileException(file, format, e);
            }
        }
    }
}
