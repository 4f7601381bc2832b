package org.xlstm4j.distill.corpus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.NoSuchElementException;
import org.xlstm4j.distill.corpus.CorpusException.Reason;
import org.xlstm4j.distill.data.BatchStream;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.distill.data.PackingOptions;

/**
 * A corpus's batches. A batch may span blocks; only the last of a single pass has empty rows.
 *
 * <p>What fails in the background comes out of {@link #hasNext} and {@link #next}, where it stands in the order: an
 * {@link UncheckedIOException} of what a file or the data cause, such as a {@link CorpusException}.
 */
public final class CorpusStream implements BatchStream {
    private final PackingOptions packing;
    private final Background background;
    private DataCursor cursor;
    private Handover current;
    private CorpusReport report;
    private int row;
    private boolean isClosed;

    CorpusStream(PackingOptions packing, Background background, DataCursor start, CorpusReport nothing) {
        this.packing = packing;
        this.background = background;
        this.cursor = start;
        this.report = nothing;
        this.row = start.row();
    }

    @Override
    public boolean hasNext() {
        return !isClosed && hasRow();
    }

    @Override
    public PackedBatch next() {
        if (!hasNext()) {
            throw new NoSuchElementException(isClosed ? "the stream is closed" : "the stream has ended");
        }
        var batch = PackedBatch.empty(packing.batch(), packing.time());
        for (var filled = 0; filled < packing.batch() && hasRow(); filled++) {
            var block = (Handover.Block) current;
            block.rows().copyRow(row, batch, filled);
            row++;
            report = block.report();
            cursor = row == block.rows().rows() ? block.end()
                    : new DataCursor(block.begin().data(), block.begin().block(), row, block.begin().sources());
        }
        return batch;
    }

    @Override
    public DataCursor cursor() {
        return cursor;
    }

    /** What has been read for the batches given. */
    public CorpusReport report() {
        return report;
    }

    private boolean hasRow() {
        if (current == null) {
            current = background.take();
            requireRow();
        }
        while (current instanceof Handover.Block block && row == block.rows().rows()) {
            current = background.take();
            row = 0;
        }
        if (current instanceof Handover.Failed failed) {
            throw rethrown(failed.cause());
        }
        if (current instanceof Handover.End end) {
            report = end.report();
        }
        return current instanceof Handover.Block;
    }

    /** That the row to go on with is there. */
    private void requireRow() {
        int rows = current instanceof Handover.Block block ? block.rows().rows() : 0;
        if (row > rows && !(current instanceof Handover.Failed)) {
            current = new Handover.Failed(new CorpusException(Reason.CHANGED, "the block to go on in has " + rows
                    + " rows, not " + row + "; the files have changed"));
        }
    }

    private static RuntimeException rethrown(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof IOException io ? new UncheckedIOException(io.getMessage(), io)
                : (RuntimeException) cause;
    }

    @Override
    public void close() {
        isClosed = true;
        background.close();
    }
}
