package org.xlstm4j.distill.corpus;

import java.io.IOException;

/** The records of one file, from a place on. */
sealed interface Records extends AutoCloseable permits LineRecords, TextRecords {

    /** The next record that is not blank, or {@code null} at the end. */
    RawRecord next() throws IOException;

    @Override
    void close() throws IOException;
}
