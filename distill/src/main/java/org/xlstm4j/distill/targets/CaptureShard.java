package org.xlstm4j.distill.targets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import org.xlstm4j.distill.data.DataCursor;

/**
 * Rows of a store that are captured by themselves, by any process that sees teacher and data: whole batches of the
 * source, so that the teacher sees what it would see in one capture, and every row has the same bytes.
 *
 * @param start    place of the shard's first batch in the source
 * @param firstRow number of its first row in the store
 * @param rows     how many rows it has
 */
public record CaptureShard(DataCursor start, int firstRow, int rows) {
    public CaptureShard {
        Objects.requireNonNull(start, "start");
        if (firstRow < 0 || rows < 1) {
            throw new IllegalArgumentException("there is no shard of " + rows + " rows from row " + firstRow + " on");
        }
    }

    /** Where the shard's first batch is, and which row is its first. */
    private record Begin(DataCursor place, int row) {
    }

    /**
     * Reads the source once, to its end or its number of rows, and cuts it into at most {@code shards} of nearly as
     * many batches each; fewer if there are fewer batches with rows.
     *
     * @throws IllegalArgumentException if there is nothing to capture
     */
    public static List<CaptureShard> cut(CaptureSource source, int shards) throws IOException {
        if (shards < 1) {
            throw new IllegalArgumentException("a source is cut into at least 1 shard, not " + shards);
        }
        var begins = new ArrayList<Begin>();
        int rows = 0;
        int most = source.rows().orElse(Integer.MAX_VALUE);
        try (var stream = source.opening().open(DataCursor.START)) {
            while (rows < most && stream.hasNext()) {
                var place = stream.cursor();
                var batch = stream.next();
                int before = rows;
                for (int row = 0; row < batch.batch() && rows < most; row++) {
                    rows += RowCodec.isEmpty(batch, row) ? 0 : 1;
                }
                if (rows > before) {
                    begins.add(new Begin(place, before));
                }
            }
        }
        if (begins.isEmpty()) {
            throw new IllegalArgumentException("the data have no rows to capture");
        }
        return cut(begins, rows, Math.min(shards, begins.size()));
    }

    private static List<CaptureShard> cut(List<Begin> batches, int rows, int shards) {
        var cut = new ArrayList<CaptureShard>();
        for (int i = 0; i < shards; i++) {
            var begin = batches.get((int) ((long) batches.size() * i / shards));
            int next = (int) ((long) batches.size() * (i + 1) / shards);
            int end = next == batches.size() ? rows : batches.get(next).row();
            cut.add(new CaptureShard(begin.place(), begin.row(), end - begin.row()));
        }
        return cut;
    }

    /** What the shard captures of {@code whole}. */
    public CaptureSource of(CaptureSource whole) {
        return new CaptureSource(place -> whole.opening().open(place.equals(DataCursor.START) ? start : place),
                fingerprint(whole.fingerprint()), whole.packing(), OptionalInt.of(rows));
    }

    private String fingerprint(String whole) {
        return String.format(Locale.ROOT, "%s, rows %d to %d", whole, firstRow, firstRow + rows - 1);
    }

    /** The shard's own store, beside the one that it is of. */
    public Path file(Path target) {
        return target.resolveSibling(String.format(Locale.ROOT, "%s.rows-%010d", target.getFileName(), firstRow));
    }

    /**
     * Whether the shard's store is there, whole.
     *
     * @param whole what the store says of itself that the shard is of
     * @throws TargetStoreException if something else is there
     */
    public boolean isCaptured(Path target, StoreHeader whole) throws IOException {
        var file = file(target);
        if (Files.notExists(file)) {
            return false;
        }
        try (var store = TargetStore.open(file)) {
            requireShard(store, target, whole);
        }
        return true;
    }

    void requireShard(TargetStore store, Path target, StoreHeader whole) throws TargetStoreException {
        if (!store.header().equals(whole.withData(fingerprint(whole.data()))) || store.rows() != rows) {
            throw new TargetStoreException(file(target), "is not rows " + firstRow + " to " + (firstRow + rows - 1)
                    + " of " + target.getFileName() + ": delete it, and capture again");
        }
    }
}
