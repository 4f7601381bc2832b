package org.xlstm4j.distill.targets;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where the rows lie. At the end of the file stand the blocks' lengths, then where they begin, how many rows and tokens
 * there are, the highest id, the CRC-32C of all that, and {@value #MARK}.
 */
final class StoreIndex {
    static final int BYTES_A_ROW = Integer.BYTES;
    private static final String MARK = "XLSTM4JE";
    private static final int END_BYTES = 2 * Long.BYTES + 3 * Integer.BYTES + MARK.length();

    private final long begin;
    private long[] ends = new long[64];
    private int rows;
    private long tokens;
    private int highestId;

    /** The index of no rows, whose first block will begin at byte {@code begin}. */
    StoreIndex(long begin) {
        this.begin = begin;
    }

    void add(Block block) {
        add(block.length());
        tokens += block.tokens();
        highestId = Math.max(highestId, block.highestId());
    }

    private void add(int length) {
        if (rows == ends.length) {
            ends = Arrays.copyOf(ends, Math.addExact(rows, rows));
        }
        ends[rows] = end() + length;
        rows++;
    }

    int rows() {
        return rows;
    }

    long tokens() {
        return tokens;
    }

    int highestId() {
        return highestId;
    }

    /** Where row {@code row}'s block begins. */
    long start(int row) {
        return row == 0 ? begin : ends[row - 1];
    }

    int length(int row) {
        return (int) (ends[row] - start(row));
    }

    /** Where the last block ends. */
    long end() {
        return start(rows);
    }

    byte[] toBytes() {
        var bytes = Block.littleEndian(new byte[Math.addExact(Math.multiplyExact(rows, BYTES_A_ROW), END_BYTES)]);
        for (int row = 0; row < rows; row++) {
            bytes.putInt(length(row));
        }
        bytes.putLong(begin).putInt(rows).putLong(tokens).putInt(highestId);
        bytes.putInt(Block.crc(bytes.array(), bytes.position()));
        return bytes.put(MARK.getBytes(StandardCharsets.US_ASCII)).array();
    }

    /**
     * Reads the index at the end of a file.
     *
     * @throws TargetStoreException if the file is cut short, or the index is damaged
     */
    static StoreIndex read(StoreFile file, long begin) throws IOException {
        long size = file.size();
        if (size < begin + END_BYTES) {
            throw cutShort(file, size);
        }
        var end = file.read(size - END_BYTES, END_BYTES);
        if (!Arrays.equals(end.array(), END_BYTES - MARK.length(), END_BYTES, MARK.getBytes(StandardCharsets.US_ASCII),
                0, MARK.length())) {
            throw cutShort(file, size);
        }
        int rows = end.getInt(Long.BYTES);
        long start = size - END_BYTES - (long) rows * BYTES_A_ROW;
        if (rows < 1 || start < begin || size - start > Integer.MAX_VALUE) {
            throw damaged(file);
        }
        var bytes = file.read(start, (int) (size - start));
        var index = new StoreIndex(begin);
        for (int row = 0; row < rows; row++) {
            index.add(bytes.getInt());
        }
        return index.requireSound(file, bytes, start);
    }

    private StoreIndex requireSound(StoreFile file, ByteBuffer bytes, long start) throws TargetStoreException {
        boolean fits = bytes.getLong() == begin & bytes.getInt() == rows && end() == start;
        tokens = bytes.getLong();
        highestId = bytes.getInt();
        int content = bytes.position();
        if (!fits || bytes.getInt() != Block.crc(bytes.array(), content)) {
            throw damaged(file);
        }
        return this;
    }

    private static TargetStoreException damaged(StoreFile file) {
        return new TargetStoreException(file.path(), "the index at its end is damaged: copy the file or capture again");
    }

    private static TargetStoreException cutShort(StoreFile file, long size) {
        return new TargetStoreException(file.path(), "its " + size + " bytes do not end as a store does: it was cut"
                + " short or added to, its last bytes are damaged, or its capture was not finished; copy the file or"
                + " capture again");
    }
}
