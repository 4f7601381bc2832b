package org.xlstm4j.distill.targets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * One store made of shards, bit for bit the one of a single capture. A shard is deleted once the disk has taken its
 * rows, so that store and shards together need the room of the store and one shard; an assembly that is ended, by a
 * kill as well, is gone on with by the next one.
 */
public final class StoreAssembly {
    private StoreAssembly() {
    }

    /** Those shards whose rows the unfinished store at {@code target} lacks: what is left to capture and assemble. */
    public static List<CaptureShard> missing(Path target, StoreHeader header, List<CaptureShard> shards)
            throws IOException {
        if (Files.notExists(TargetStoreWriter.part(target))) {
            return shards;
        }
        try (var store = TargetStoreWriter.open(target, header)) {
            return shards.stream().filter(shard -> end(shard) > store.rows()).toList();
        }
    }

    /**
     * Refuses before the teacher is read what the disk could not take.
     *
     * @param missing shards to capture, of which some may be there
     * @throws TargetStoreException if the disk has not the room for those that are not
     */
    public static void requireSpace(Path target, StoreHeader header, List<CaptureShard> missing) throws IOException {
        long rows = missing.stream().filter(shard -> Files.notExists(shard.file(target)))
                .mapToLong(CaptureShard::rows).sum();
        TargetStoreWriter.requireSpace(target, header.mostBytes(rows));
    }

    /**
     * Writes the store at {@code target}.
     *
     * @param header      what the store says of itself, {@link Capture#header}
     * @param shards      all of them, in order; those whose rows the unfinished store has need not be there any more
     * @param rowsWritten told how many rows are done
     * @throws TargetStoreException if a shard is not one of this store, or is damaged; what is assembled stays
     */
    public static void write(Path target, StoreHeader header, List<CaptureShard> shards, IntConsumer rowsWritten)
            throws IOException {
        try (var store = TargetStoreWriter.open(target, header)) {
            for (var shard : shards) {
                if (end(shard) > store.rows()) {
                    append(shard, target, header, store);
                    store.force();
                }
                Files.deleteIfExists(shard.file(target));
                rowsWritten.accept(store.rows());
            }
            store.finish();
        }
    }

    private static void append(CaptureShard shard, Path target, StoreHeader header, TargetStoreWriter store)
            throws IOException {
        if (store.rows() < shard.firstRow()) {
            throw new TargetStoreException(target, "has " + store.rows() + " rows, and the next shard begins with row "
                    + shard.firstRow() + ": give all shards, in order");
        }
        try (var rows = TargetStore.open(shard.file(target))) {
            shard.requireShard(rows, target, header);
            for (int row = store.rows() - shard.firstRow(); row < rows.rows(); row++) {
                store.append(rows.encoded(row));
            }
        }
    }

    private static int end(CaptureShard shard) {
        return shard.firstRow() + shard.rows();
    }
}
