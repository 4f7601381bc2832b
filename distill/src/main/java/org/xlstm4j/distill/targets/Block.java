package org.xlstm4j.distill.targets;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A row as it lies in the file: the length of its payload, its number, how many tokens it has, the highest id in it,
 * the payload, and the CRC-32C of all that, little-endian.
 *
 * @param row       its number, from 0
 * @param tokens    its tokens that are not padding
 * @param highestId the highest token id in it
 * @param bytes     the whole block, and behind it what its reader may look at
 */
record Block(int row, int tokens, int highestId, byte[] bytes) {
    static final int HEAD_BYTES = 4 * Integer.BYTES;
    /** What a block takes beside its payload. */
    static final int FRAME_BYTES = HEAD_BYTES + Integer.BYTES;

    static Block of(int row, RowCodec.Encoded encoded) {
        var payload = encoded.payload();
        var bytes = littleEndian(new byte[payload.length + FRAME_BYTES]).putInt(payload.length).putInt(row)
                .putInt(encoded.tokens()).putInt(encoded.highestId()).put(payload);
        bytes.putInt(crc(bytes.array(), bytes.position()));
        return new Block(row, encoded.tokens(), encoded.highestId(), bytes.array());
    }

    /** The block's bytes. */
    int length() {
        return (int) length(bytes);
    }

    /** What is in it. */
    RowCodec.Encoded encoded() {
        return new RowCodec.Encoded(Arrays.copyOfRange(bytes, HEAD_BYTES, length() - Integer.BYTES), tokens, highestId);
    }

    /** The length of the block whose first bytes these are, which may be any if they are damaged. */
    static long length(byte[] firstBytes) {
        return (long) littleEndian(firstBytes).getInt(0) + FRAME_BYTES;
    }

    /** Row, tokens and highest id of the block whose first {@value #HEAD_BYTES} bytes these are, unchecked. */
    static Block unchecked(byte[] head) {
        var numbers = littleEndian(head);
        return new Block(numbers.getInt(4), numbers.getInt(8), numbers.getInt(12), head);
    }

    /** The block in the first {@code length} of {@code bytes}, if it is whole and that of {@code row}. */
    static Optional<Block> parse(byte[] bytes, int length, int row) {
        if (length < FRAME_BYTES) {
            return Optional.empty();
        }
        var head = littleEndian(bytes);
        boolean whole = head.getInt(0) == length - FRAME_BYTES && head.getInt(4) == row
                && head.getInt(length - Integer.BYTES) == crc(bytes, length - Integer.BYTES);
        return whole ? Optional.of(new Block(row, head.getInt(8), head.getInt(12), bytes)) : Optional.empty();
    }

    /** Fills row {@code to} of {@code batch}, and says whether the payload was as long as that takes. */
    boolean decode(RowCodec codec, TargetBatch batch, int to) {
        int read = codec.decode(bytes, HEAD_BYTES, batch, to);
        return read == littleEndian(bytes).getInt(0);
    }

    static int crc(byte[] bytes, int length) {
        var crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
