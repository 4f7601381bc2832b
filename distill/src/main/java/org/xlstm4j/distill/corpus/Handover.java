package org.xlstm4j.distill.corpus;

import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.Epoch;

/** What the background hands over to the reader, in order. */
sealed interface Handover {

    /**
     * A block of documents, shuffled and packed.
     *
     * @param begin  the place of its first row
     * @param end    the place of the next block's
     * @param rows   its rows
     * @param report what was read up to its end
     */
    record Block(DataCursor begin, DataCursor end, Epoch rows, CorpusReport report) implements Handover {
    }

    /**
     * There are no more.
     *
     * @param report what was read in all
     */
    record End(CorpusReport report) implements Handover {
    }

    /** There are no more since something failed. */
    record Failed(Throwable cause) implements Handover {
    }
}
