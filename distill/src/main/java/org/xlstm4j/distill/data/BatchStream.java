package org.xlstm4j.distill.data;

import java.util.Iterator;

/**
 * Batches one after another, whose place can be kept and returned to: a stream opened with a {@link #cursor} gives
 * exactly the batches that would have followed, bit by bit. For one thread; to be closed.
 */
public interface BatchStream extends Iterator<PackedBatch>, AutoCloseable {

    /** The place of the batch that {@link #next} gives next. */
    DataCursor cursor();

    /** Ends what works for the stream in the background; closing again does nothing. */
    @Override
    void close();
}
