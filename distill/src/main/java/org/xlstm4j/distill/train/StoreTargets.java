package org.xlstm4j.distill.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.util.List;
import org.xlstm4j.distill.targets.TargetBatch;
import org.xlstm4j.distill.targets.TargetStore;

/** A store's rows, epoch after epoch; the place is the epoch and the batch in it. */
final class StoreTargets implements TargetSource {
    private static final String EPOCH = "epoch";
    private static final String BATCH = "batch";

    private final TargetStore store;
    private final int batch;
    private final long seed;
    private List<List<Integer>> rows;
    private int epoch;
    private int next;

    StoreTargets(TargetStore store, int batch, long seed) {
        this.store = store;
        this.batch = batch;
        this.seed = seed;
        this.rows = store.epoch(batch, seed, 0);
    }

    @Override
    public int batch() {
        return batch;
    }

    @Override
    public int time() {
        return store.header().time();
    }

    @Override
    public int topK() {
        return store.header().topK();
    }

    @Override
    public String description() {
        // Captured anew of as much data or more, a store has the same header and another order of rows.
        return store.rows() + " rows of " + store.header();
    }

    @Override
    public TargetBatch next() throws IOException {
        if (next == rows.size()) {
            rows = store.epoch(batch, seed, ++epoch);
            next = 0;
        }
        var targets = store.read(rows.get(next));
        next++;
        return targets;
    }

    @Override
    public JsonNode place() {
        return JsonNodeFactory.instance.objectNode().put(EPOCH, epoch).put(BATCH, next);
    }

    @Override
    public void goTo(JsonNode place) {
        int toEpoch = place.path(EPOCH).asInt(-1);
        int toBatch = place.path(BATCH).asInt(-1);
        if (toEpoch < 0 || toBatch < 0 || toBatch > rows.size()) {
            throw new IllegalArgumentException("there is no place " + place + " in a store of " + rows.size()
                    + " batches an epoch");
        }
        epoch = toEpoch;
        next = toBatch;
        rows = store.epoch(batch, seed, epoch);
    }

    @Override
    public void close() {
        // The store is its opener's.
    }
}
