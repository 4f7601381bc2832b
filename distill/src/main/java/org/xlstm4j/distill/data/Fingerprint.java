package org.xlstm4j.distill.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** What data and their packing are known by: the first 16 digits of a SHA-256 over them. */
final class Fingerprint {
    private static final int DIGITS = 16;
    private final MessageDigest digest;

    Fingerprint(PackingOptions options) {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        add(options.toString());
    }

    Fingerprint add(String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        digest.update(bytes);
        return this;
    }

    Fingerprint add(int... values) {
        var bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Integer.BYTES));
        bytes.asIntBuffer().put(values);
        digest.update(bytes);
        return this;
    }

    /** Of all that was added, which starts anew. */
    String digits() {
        return HexFormat.of().formatHex(Arrays.copyOf(digest.digest(), DIGITS / 2));
    }
}
