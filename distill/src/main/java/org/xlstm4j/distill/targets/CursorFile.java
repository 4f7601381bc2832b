package org.xlstm4j.distill.targets;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.files.AtomicWrite;

/**
 * Where in the data an unfinished capture is, beside its rows, so that the next one need not read all that was read.
 * Nothing but time is lost without it.
 */
final class CursorFile {
    private static final Logger LOG = LoggerFactory.getLogger(CursorFile.class);
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private long saved = System.nanoTime();
    private Place last;

    CursorFile(Path part) {
        this.file = part.resolveSibling(part.getFileName() + ".cursor");
    }

    /**
     * A place between two batches.
     *
     * @param rows   rows stored before it
     * @param cursor where it is in the data
     */
    record Place(int rows, DataCursor cursor) {
        static final Place START = new Place(0, DataCursor.START);
    }

    /** The place that was saved last, or the start if there is none before row {@code rows}, or none to be read. */
    Place read(int rows) throws IOException {
        if (rows == 0) {
            // What is there is of a store that was deleted without it.
            delete();
        }
        if (Files.notExists(file)) {
            return Place.START;
        }
        try {
            var place = JSON.readValue(Files.readAllBytes(file), Place.class);
            // After a loss of power the rows may have got lost that the place speaks of.
            return place.rows() <= rows ? place : Place.START;
        } catch (JacksonException broken) {
            LOG.warn("{} is damaged ({}): reading the data from their beginning", file, broken.getOriginalMessage());
            return Place.START;
        }
    }

    /** Takes note of a place all of whose rows are written, and saves it every few seconds. */
    void reached(Place place) {
        last = place;
        if (System.nanoTime() - saved > INTERVAL.toNanos()) {
            save();
        }
    }

    /** Saves the last place; where that cannot be, which is logged, the one before it stays. */
    void save() {
        if (last == null) {
            return;
        }
        try {
            AtomicWrite.bytes(file, JSON.writeValueAsBytes(last));
        } catch (IOException failure) {
            LOG.warn("{} could not be written ({}): a capture that is ended now reads more data again", file,
                    failure.getMessage());
        }
        saved = System.nanoTime();
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
    }
}
