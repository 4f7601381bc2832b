package org.xlstm4j.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** SHA-256 of files' content, one after the other; of a single file it is what {@code sha256sum} prints. */
final class Fingerprint {
    private static final int BUFFER_BYTES = 1 << 20;

    private Fingerprint() {
    }

    static String of(List<Path> files) throws IOException {
        var digest = sha256();
        var buffer = new byte[BUFFER_BYTES];
        for (var file : files) {
            try (var in = Files.newInputStream(file)) {
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    digest.update(buffer, 0, count);
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static String of(byte[] content) {
        return HexFormat.of().formatHex(sha256().digest(content));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
