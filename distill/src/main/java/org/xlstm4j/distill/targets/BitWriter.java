package org.xlstm4j.distill.targets;

import java.util.Arrays;

/** Numbers of any width in bits, one behind the other, lowest bit first; read back by {@link BitReader}. */
final class BitWriter {
    private byte[] bytes = new byte[1024];
    private int size;
    private long pending;
    private int pendingBits;

    /** Appends the lowest {@code bits} bits of {@code value}, 0 to 32 of them. */
    void write(int value, int bits) {
        pending |= (value & (1L << bits) - 1) << pendingBits;
        pendingBits += bits;
        while (pendingBits >= Byte.SIZE) {
            append();
        }
    }

    /** Appends {@code zeros} zeros and a one. */
    void writeUnary(int zeros) {
        int left = zeros;
        for (; left >= Integer.SIZE; left -= Integer.SIZE) {
            write(0, Integer.SIZE);
        }
        write(1 << left, left + 1);
    }

    /** Appends a number from 1 to 2^32 in Elias' gamma code: its length in zeros, then its bits. */
    void writeGamma(long value) {
        int bits = Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
        writeUnary(bits);
        write((int) value, bits);
    }

    private void append() {
        if (size == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * size);
        }
        bytes[size++] = (byte) pending;
        pending >>>= Byte.SIZE;
        pendingBits = Math.max(0, pendingBits - Byte.SIZE);
    }

    /** Everything written, the last byte filled with zeros. */
    byte[] toBytes() {
        if (pendingBits > 0) {
            append();
        }
        return Arrays.copyOf(bytes, size);
    }
}
