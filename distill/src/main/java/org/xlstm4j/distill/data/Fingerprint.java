package org.xlstm4j.distill.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** What data and their packing are known by: the first 16 digits of a SHA-256 over all that was added. */
public final class Fingerprint {
    private static final int DIGITS = 16;
    private final MessageDigest digest;

    /** Begins with the packing. */
    public Fingerprint(PackingOptions options) {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        add(options.toString());
    }

    /** Adds a text. */
    public Fingerprint add(String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        digest.update(bytes);
        return this;
    }

    /** Adds numbers. */
    public Fingerprint add(int... values) {
        var bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Integer.BYTES));
        bytes.asIntBuffer().put(values);
        digest.update(bytes);
        return this;
    }

    /** The digits; what is added after them begins another. */
    public String digits() {
        return HexFormat.of().formatHex(Arrays.copyOf(digest.digest(), DIGITS / 2));
    }
}
