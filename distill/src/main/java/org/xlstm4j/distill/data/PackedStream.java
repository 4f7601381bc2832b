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
        batch = start.row() / rows();
        epoch = dataset.epoch(Math.toIntExact(block));
        if (start.row() % rows() != 0 || batch >= epoch.size()) {
            throw new IllegalArgumentException("no batch begins at row " + start.row() + " of epoch " + block
                    + ", which has " + epoch.size() + " batches of " + rows() + " rows");
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
        return new DataCursor(fingerprint, block, batch * rows(), List.of());
    }

    private int rows() {
        return dataset.options().batch();
    }

    @Override
    public void close() {
        epoch = null;
    }
}
