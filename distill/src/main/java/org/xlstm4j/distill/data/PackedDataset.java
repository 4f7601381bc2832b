package org.xlstm4j.distill.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Documents packed to rows, anew for each epoch: shuffled, laid first-fit into rows of {@code time} tokens that no
 * document crosses, and the rows shuffled again. The same documents, options and epoch give the same batches.
 *
 * <p>A document longer than a row is cut into pieces, each a document of its own that begins with the last token of
 * the piece before it. Pieces in which no prediction counts are left out, so every row has something to learn from.
 * To mix sources, give their documents together.
 */
public final class PackedDataset {
    private static final Logger LOG = LoggerFactory.getLogger(PackedDataset.class);

    private final PackingOptions options;
    private final List<Piece> pieces;
    private final int cutDocuments;
    private final int droppedPieces;

    /**
     * A dataset of the given documents.
     *
     * @throws IllegalArgumentException if there is nothing to learn from in them
     */
    public PackedDataset(List<Tokens> documents, PackingOptions options) {
        this.options = options;
        var cut = documents.stream().map(document -> Piece.cut(document, options)).toList();
        pieces = cut.stream().flatMap(List::stream).filter(Piece::counts).toList();
        cutDocuments = (int) cut.stream().filter(parts -> parts.size() > 1).count();
        droppedPieces = cut.stream().mapToInt(List::size).sum() - pieces.size();
        if (pieces.isEmpty()) {
            throw new IllegalArgumentException("nothing to learn from in " + documents.size()
                    + " documents; give at least one with a token that follows another");
        }
        if (cutDocuments > 0 || droppedPieces > 0) {
            LOG.info("{} of {} documents are longer than {} tokens and were cut; {} pieces without loss were dropped",
                    cutDocuments, documents.size(), options.time(), droppedPieces);
        }
    }

    /** The options it was made with. */
    public PackingOptions options() {
        return options;
    }

    /** The number of documents that were longer than a row. */
    public int cutDocuments() {
        return cutDocuments;
    }

    /** The number of documents or pieces left out since no prediction in them counts. */
    public int droppedPieces() {
        return droppedPieces;
    }

    /** The pass of the given number, from 0; each has its own order. */
    public Epoch epoch(int epoch) {
        var random = new Random(options.seed() + epoch);
        var order = permutation(pieces.size(), random);
        var lengths = IntStream.of(order).map(index -> pieces.get(index).length()).toArray();
        var rowOf = FirstFit.rows(lengths, options.time());
        var rowCount = IntStream.of(rowOf).max().orElse(-1) + 1;
        var shuffledRow = permutation(rowCount, random);
        List<List<Piece>> rows = new ArrayList<>(rowCount);
        for (var row = 0; row < rowCount; row++) {
            rows.add(new ArrayList<>());
        }
        for (var i = 0; i < order.length; i++) {
            rows.get(shuffledRow[rowOf[i]]).add(pieces.get(order[i]));
        }
        return new Epoch(rows, options);
    }

    /**
     * The batches of one epoch after the other, for ever, from a place on.
     *
     * @throws IllegalArgumentException if the place is one in other data, or there is no such place
     */
    public BatchStream stream(DataCursor start) {
        return new PackedStream(this, start);
    }

    /** What the pieces in their order and the options are known by, 16 hexadecimal digits. */
    public String fingerprint() {
        var fingerprint = new Fingerprint(options);
        for (var piece : pieces) {
            fingerprint.add(piece.start(), piece.end(), piece.firstCount());
            fingerprint.add(Arrays.copyOfRange(piece.ids(), piece.start(), piece.end()));
        }
        return fingerprint.digits();
    }

    /** A random order of 0 … size − 1 (Fisher–Yates). */
    private static int[] permutation(int size, Random random) {
        var order = IntStream.range(0, size).toArray();
        for (var i = size - 1; i > 0; i--) {
            var j = random.nextInt(i + 1);
            var swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        return order;
    }
}
