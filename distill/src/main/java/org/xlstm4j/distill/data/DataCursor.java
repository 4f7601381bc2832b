package org.xlstm4j.distill.data;

import java.util.List;
import java.util.Objects;

/**
 * A place in a stream of batches: the batch that comes next. Data are shuffled and packed block by block, so the place
 * is that of the block's first document in every source, and how many of the block's batches were given.
 *
 * @param data    fingerprint of the data and the packing that the place belongs to; empty if it fits any
 * @param block   blocks before the one that the batch is in
 * @param batch   batches of that block before it
 * @param sources where each source's next document lies at the block's beginning; empty for data in memory and at the
 *                very start
 */
public record DataCursor(String data, long block, int batch, List<SourcePlace> sources) {

    /** The beginning of any stream. */
    public static final DataCursor START = new DataCursor("", 0, 0, List.of());

    public DataCursor {
        Objects.requireNonNull(data, "data");
        if (block < 0 || batch < 0) {
            throw new IllegalArgumentException("there is no batch " + batch + " of block " + block);
        }
        sources = List.copyOf(sources);
    }

    /**
     * The next document of a source.
     *
     * @param pass   passes over the source that are over
     * @param file   files of this pass that are over
     * @param offset where the document begins in its file, in bytes after decompression
     * @param line   lines of the file before it
     */
    public record SourcePlace(int pass, int file, long offset, long line) {
        /** The first document of a source. */
        public static final SourcePlace START = new SourcePlace(0, 0, 0, 0);

        public SourcePlace {
            if (pass < 0 || file < 0 || offset < 0 || line < 0) {
                throw new IllegalArgumentException(
                        "there is no offset " + offset + ", line " + line + " of file " + file + " in pass " + pass);
            }
        }
    }

    /** This place, if it is one in the data of the given fingerprint. */
    DataCursor requireOf(String fingerprint) {
        if (!data.isEmpty() && !data.equals(fingerprint)) {
            throw new IllegalArgumentException("the place belongs to other data or another packing (" + data
                    + ") than these (" + fingerprint + "): go on with the files and options it was made with");
        }
        return this;
    }
}
