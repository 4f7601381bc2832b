package org.xlstm4j.cli;

import java.util.Iterator;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.distill.data.PackedDataset;

/** A dataset's batches, epoch after epoch, for ever. */
final class EndlessBatches implements Iterator<PackedBatch> {
    private final PackedDataset dataset;
    private Iterator<PackedBatch> rest;
    private int epoch;

    EndlessBatches(PackedDataset dataset) {
        this.dataset = dataset;
        this.rest = dataset.epoch(epoch).iterator();
    }

    @Override
    public boolean hasNext() {
        return true;
    }

    @Override
    public PackedBatch next() {
        while (!rest.hasNext()) {
            rest = dataset.epoch(++epoch).iterator();
        }
        return rest.next();
    }
}
