package org.xlstm4j.distill.targets;

import java.io.IOException;
import java.util.Objects;
import java.util.OptionalInt;
import org.xlstm4j.distill.data.BatchStream;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;

/**
 * What a capture reads. The rows stored are those of the stream's batches in order, but for rows of padding alone.
 *
 * @param opening     opens the stream at a place; closed by the capture
 * @param fingerprint what the data in their order are known by: where it differs, an unfinished capture is not gone on
 *                    with
 * @param packing     how the stream packs its rows
 * @param rows        how many rows to store, of a longer or endless stream; empty for all until it ends
 */
public record CaptureSource(Opening opening, String fingerprint, PackingOptions packing, OptionalInt rows) {

    /** Opens a stream. */
    @FunctionalInterface
    public interface Opening {
        BatchStream open(DataCursor place) throws IOException;
    }

    public CaptureSource {
        Objects.requireNonNull(opening, "opening");
        Objects.requireNonNull(fingerprint, "fingerprint");
        if (rows.isPresent() && rows.getAsInt() < 1) {
            throw new IllegalArgumentException("a capture needs at least 1 row, not " + rows.getAsInt());
        }
    }

    /** The first epoch of {@code data}. */
    public static CaptureSource of(PackedDataset data) {
        return new CaptureSource(data::stream, data.fingerprint(), data.options(),
                OptionalInt.of(data.epoch(0).rows()));
    }
}
