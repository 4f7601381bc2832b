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

    /** The share of tokens in those rows that are not padding, in (0, 1]. */
    public double density() {
        var tokens = rows.stream().flatMap(List::stream).mapToLong(Piece::length).sum();
        return (double) tokens / ((double) rows.size() * options.time());
    }

    /** The batch of the given index, from 0. */
    public PackedBatch batch(int index) {
        Objects.checkIndex(index, size());
        var size = Math.multiplyExact(options.batch(), options.time());
        var batch = new PackedBatch(options.batch(), options.time(),
                new int[size], new int[size], new int[size], new int[size], new float[size]);
        var first = index * options.batch();
        for (var row = first; row < Math.min(first + options.batch(), rows.size()); row++) {
            fill(batch, (row - first) * options.time(), rows.get(row));
        }
        return batch;
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
