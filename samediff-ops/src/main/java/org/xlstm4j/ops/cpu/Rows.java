package org.xlstm4j.ops.cpu;

/**
 * Rows of floats in native memory, such as one head's part of the tokens' rows.
 *
 * @param address of the first row
 * @param stride  floats between the starts of neighbours
 */
public record Rows(long address, long stride) {

    /** The address of a row. */
    public long at(long row) {
        return address + Float.BYTES * stride * row;
    }

    /** The address of an entry of a row. */
    public long at(long row, long column) {
        return at(row) + Float.BYTES * column;
    }

    /** The rows from {@code row} on, each from {@code column} on. */
    public Rows from(long row, long column) {
        return new Rows(at(row, column), stride);
    }
}
