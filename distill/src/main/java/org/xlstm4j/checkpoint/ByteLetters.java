package org.xlstm4j.checkpoint;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** How tokenizers spell bytes: as one printable letter each, as GPT-2 has it, or as {@code <0xE2>}. */
final class ByteLetters {
    private static final int BYTES = 256;
    private static final int NONE = -1;
    /** Byte by letter. */
    private static final int[] OF_LETTER = ofLetter();

    private ByteLetters() {
    }

    /** Printable bytes are their own letters, the others those from 256 on. */
    private static int[] ofLetter() {
        var bytes = new int[2 * BYTES];
        Arrays.fill(bytes, NONE);
        int next = BYTES;
        for (int value = 0; value < BYTES; value++) {
            boolean printable = value >= '!' && value <= '~' || value >= '¡' && value <= '¬' || value >= '®';
            bytes[printable ? value : next++] = value;
        }
        return bytes;
    }

    /** The bytes that the letters of {@code token} stand for; its own where it has a letter that stands for none. */
    static byte[] bytes(String token) {
        var bytes = ByteBuffer.allocate(token.length());
        for (int i = 0; i < token.length(); i++) {
            char letter = token.charAt(i);
            if (letter >= OF_LETTER.length || OF_LETTER[letter] == NONE) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes.put((byte) OF_LETTER[letter]);
        }
        return bytes.array();
    }

    /** The byte that {@code token} is spelt as, such as {@code <0xE2>}, or −1. */
    static int fallback(String token) {
        if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
            return NONE;
        }
        int high = Character.digit(token.charAt(3), 16);
        int low = Character.digit(token.charAt(4), 16);
        return high < 0 || low < 0 ? NONE : high << 4 | low;
    }
}
