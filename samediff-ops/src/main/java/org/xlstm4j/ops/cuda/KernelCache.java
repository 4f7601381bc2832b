package org.xlstm4j.ops.cuda;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiled kernels on disk, a file each, named by a hash of all that went into it: source, options, architecture and the
 * compiler's version. A file begins with a hash of its code: damaged ones are compiled again. Where the folder cannot
 * be written, nothing is kept.
 */
final class KernelCache {
    /** The system property that names the folder. */
    static final String PROPERTY = "xlstm4j.kernels";

    private static final Logger LOG = LoggerFactory.getLogger(KernelCache.class);
    private static final int HASH_BYTES = 32;

    private final Path folder;

    KernelCache(Path folder) {
        this.folder = folder;
    }

    /** In the folder that the property names, or the user's cache folder. */
    static KernelCache ofUser() {
        var given = System.getProperty(PROPERTY);
        return new KernelCache(given != null ? Path.of(given)
                : Path.of(System.getProperty("user.home"), ".cache", "xlstm4j", "kernels"));
    }

    /** The code that was compiled from {@code parts} before, or else that of {@code compiler}, which is then kept. */
    byte[] get(List<String> parts, Supplier<byte[]> compiler) {
        var file = folder.resolve(name(parts));
        var kept = read(file);
        if (kept != null) {
            return kept;
        }
        var code = compiler.get();
        write(file, code);
        return code;
    }

    private static String name(List<String> parts) {
        var digest = sha256();
        for (var part : parts) {
            var bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static byte[] read(Path file) {
        try {
            var content = ByteBuffer.wrap(Files.readAllBytes(file));
            var hash = new byte[Math.min(HASH_BYTES, content.remaining())];
            content.get(hash);
            var code = new byte[content.remaining()];
            content.get(code);
            if (MessageDigest.isEqual(hash, sha256().digest(code))) {
                return code;
            }
            LOG.warn("{} is damaged and will be compiled again", file);
        } catch (NoSuchFileException e) {
            LOG.debug("{} is not there yet", file);
        } catch (IOException e) {
            LOG.warn("{} cannot be read: {}", file, e.toString());
        }
        return null;
    }

    private void write(Path file, byte[] code) {
        try {
            Files.createDirectories(folder);
            var temporary = Files.createTempFile(folder, "kernel", ".part");
            try {
                try (var channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                    writeAll(channel, sha256().digest(code));
                    writeAll(channel, code);
                    channel.force(true);
                }
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            LOG.warn("compiled kernels are not kept: {} ({})", e, PROPERTY);
        }
    }

    private static void writeAll(FileChannel channel, byte[] bytes) throws IOException {
        var buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
