package org.xlstm4j.distill.data;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** One pass over a dataset: batches made as they are asked for, in any order. The last is filled with empty rows. */
public final class Epoch implements Iterable<PackedBatch> {
    private final List<List<Piece>> rows;
    private final PackingOptions options;

    Epoch(List<List<Piece>> rows, PackingOptions options) {
        this.rows = rows;
        this.options = options;
    }

    /** The number of batches. */
    public int size() {
        return (rows.size() + options.batch() - 1) / options.batch();
    }

    /** The number of rows that hold documents. */
    public int rows() {
        return rows.size();
    }

    /** The number of tokens in those rows that are not padding. */
    public long tokens() {
        return rows.stream().flatMap(List::stream).mapToLong(Piece::length).sum();
    }

    /** The share of tokens in those rows that are not padding, in (0, 1]. */
    public double density() {
        return tokens() / ((double) rows.size() * options.time());
    }

    /** The batch of the given index, from 0. */
    public PackedBatch batch(int index) {
        Objects.checkIndex(index, size());
        var batch = PackedBatch.empty(options.batch(), options.time());
        var first = index * options.batch();
        for (var row = first; row < Math.min(first + options.batch(), rows.size()); row++) {
            copyRow(row, batch, row - first);
        }
        return batch;
    }

    /** Writes one of the rows, from 0, into an empty row of a batch as wide. */
    public void copyRow(int row, PackedBatch batch, int rowOfBatch) {
        Objects.checkIndex(rowOfBatch, batch.batch());
        if (batch.time() != options.time()) {
            throw new IllegalArgumentException(
                    "rows of " + options.time() + " tokens do not fit rows of " + batch.time());
        }
        fill(batch, rowOfBatch * batch.time(), rows.get(row));
    }

    @Override
    public Iterator<PackedBatch> iterator() {
        return IntStream.range(0, size()).mapToObj(this::batch).iterator();
    }

    private static void fill(PackedBatch batch, int rowStart, List<Piece> row) {
        var at = rowStart;
        for (var segment = 1; segment <= row.size(); segment++) {
            var piece = row.get(segment - 1);
            var length = piece.length();
            System.arraycopy(piece.ids(), piece.start(), batch.ids(), at, length);
            System.arraycopy(piece.ids(), piece.start() + 1, batch.targets(), at, length - 1);
            Arrays.fill(batch.segments(), at, at + length, segment);
            for (var position = 0; position < length; position++) {
                batch.positions()[at + position] = position;
            }
            var uncounted = Math.max(0, piece.firstCount() - 1 - piece.start());
            Arrays.fill(batch.weights(), at + uncounted, at + length - 1, 1f);
            at += length;
        }
    }
}
