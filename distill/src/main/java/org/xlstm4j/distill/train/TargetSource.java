package org.xlstm4j.distill.train;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.function.Function;
import org.xlstm4j.distill.data.BatchStream;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.targets.TargetBatch;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.targets.TeacherTargets;

/**
 * Where stage II's batches come from: a store, a live teacher, or what a user brings. It has a place, which a
 * checkpoint keeps: gone to, the same batches follow.
 */
public interface TargetSource extends AutoCloseable {

    /** Rows a batch. */
    int batch();

    /** Tokens a row. */
    int time();

    /** The teacher's ids a token. */
    int topK();

    /** What the batches are, teacher and data: who goes on from a place must bring a source of the same. */
    String description();

    /** The next batch; there is always one. */
    TargetBatch next() throws IOException;

    /** The place of the batch that {@link #next} gives next. */
    JsonNode place();

    /** Goes to a place that {@link #place} gave. */
    void goTo(JsonNode place) throws IOException;

    /** Lets go of what the source opened itself. */
    @Override
    void close();

    /** The rows of a store in seeded epochs; the store stays open. */
    static TargetSource of(TargetStore store, int batch, long seed) {
        return new StoreTargets(store, batch, seed);
    }

    /**
     * A teacher that is asked at every batch: no store has to be written, but every batch costs a pass of the teacher.
     *
     * @param teacher     what is asked
     * @param batch       rows a batch
     * @param description what teacher and data are, such as their fingerprints
     * @param open        opens the data at a place
     */
    static TargetSource of(TeacherTargets teacher, int batch, String description,
                           Function<DataCursor, BatchStream> open) {
        return new LiveTargets(teacher, batch, description, open);
    }
}
