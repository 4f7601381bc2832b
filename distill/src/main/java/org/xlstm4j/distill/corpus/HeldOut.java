package org.xlstm4j.distill.corpus;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.xlstm4j.distill.data.Document;

/**
 * A split by the documents' content: a SHA-256 of it, as a number from 0 to 1, lies below the share in what is held
 * out. So a document is on the same side wherever it stands and whatever comes to the data, its copies are too, and a
 * larger share holds out what a smaller one does.
 *
 * @param share share of the documents that is held out, from 0 to below 1
 * @param part  the part to read
 */
public record HeldOut(double share, Part part) {
    /** Nothing is held out. */
    public static final HeldOut NOTHING = new HeldOut(0, Part.TRAINING);

    /** The sides of the split. */
    public enum Part {
        /** What is trained on. */
        TRAINING,
        /** What is held out. */
        HELD_OUT
    }

    public HeldOut {
        if (!(share >= 0 && share < 1)) {
            throw new IllegalArgumentException("the share to hold out must be from 0 to below 1, was " + share);
        }
        if (share == 0 && part == Part.HELD_OUT) {
            throw new IllegalArgumentException("a share of 0 holds nothing out to read; choose a larger one");
        }
    }

    /** Whether the document is in the part to read. */
    public boolean selects(Document document) {
        return share == 0 || (number(document) < share) == (part == Part.HELD_OUT);
    }

    private static double number(Document document) {
        var digest = sha256();
        var prompt = document.prompt().getBytes(UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(prompt.length).flip());
        digest.update(prompt);
        var hash = ByteBuffer.wrap(digest.digest(document.answer().getBytes(UTF_8))).getLong();
        return (hash >>> 11) * 0x1p-53;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
