package org.xlstm4j.distill.targets;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Reads what {@link BitWriter} wrote. */
final class BitReader {
    /** Bytes that must be allowed to be read beyond the last bit, whatever they hold. */
    static final int SLACK = Long.BYTES;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    /** Of a word read at any bit so many are there. */
    private static final int SURE_BITS = Long.SIZE - Byte.SIZE + 1;

    private final byte[] bytes;
    private long position;

    /** A reader from byte {@code from} on; {@link #SLACK} bytes follow the last bit. */
    BitReader(byte[] bytes, int from) {
        this.bytes = bytes;
        this.position = (long) from * Byte.SIZE;
    }

    private long word() {
        return (long) LONGS.get(bytes, (int) (position >>> 3)) >>> (position & 7);
    }

    /** The next {@code bits} bits, 0 to 32 of them, as an unsigned number. */
    int read(int bits) {
        int value = (int) (word() & (1L << bits) - 1);
        position += bits;
        return value;
    }

    int readUnary() {
        int zeros = 0;
        for (;;) {
            int here = Math.min(SURE_BITS, Long.numberOfTrailingZeros(word()));
            zeros += here;
            position += here;
            if (here < SURE_BITS) {
                position++;
                return zeros;
            }
        }
    }

    long readGamma() {
        int bits = readUnary();
        return 1L << bits | Integer.toUnsignedLong(read(bits));
    }

    /** How many bytes were begun, from the array's start. */
    int bytesRead() {
        return (int) ((position + Byte.SIZE - 1) / Byte.SIZE);
    }
}
