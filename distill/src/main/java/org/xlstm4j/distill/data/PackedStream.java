package org.xlstm4j.distill.data;

import java.util.List;
import java.util.NoSuchElementException;

/** A dataset's batches, epoch after epoch, for ever: each epoch is a block. */
final class PackedStream implements BatchStream {
    private final PackedDataset dataset;
    private final String fingerprint;
    private long block;
    private int batch;
    private Epoch epoch;

    PackedStream(PackedDataset dataset, DataCursor start) {
        this.dataset = dataset;
        fingerprint = dataset.fingerprint();
        start.requireOf(fingerprint);
        block = start.block();
        batch = start.batch();
        epoch = dataset.epoch(Math.toIntExact(block));
        if (batch >= epoch.size()) {
            throw new IllegalArgumentException("there is no batch " + batch + " in an epoch of " + epoch.size());
        }
    }

    @Override
    public boolean hasNext() {
        return epoch != null;
    }

    @Override
    public PackedBatch next() {
        if (epoch == null) {
            throw new NoSuchElementException("the stream is closed");
        }
        var next = epoch.batch(batch);
        batch++;
        if (batch == epoch.size()) {
            block++;
            batch = 0;
            epoch = dataset.epoch(Math.toIntExact(block));
        }
        return next;
    }

    @Override
    public DataCursor cursor() {
        return new DataCursor(fingerprint, block, batch, List.of());
    }

    @Override
    public void close() {
        epoch = null;
    }
}
