package org.xlstm4j.distill.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.function.Function;
import org.xlstm4j.distill.data.BatchStream;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.targets.TargetBatch;
import org.xlstm4j.distill.targets.TeacherTargets;

/** Data with what a live teacher says of them; the place is the data's. */
final class LiveTargets implements TargetSource {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final TeacherTargets teacher;
    private final int batch;
    private final String description;
    private final Function<DataCursor, BatchStream> open;
    private DataCursor start = DataCursor.START;
    // Not before it is needed: who goes on from a place should not read the beginning for it.
    private BatchStream data;

    LiveTargets(TeacherTargets teacher, int batch, String description, Function<DataCursor, BatchStream> open) {
        this.teacher = teacher;
        this.batch = batch;
        this.description = description;
        this.open = open;
    }

    @Override
    public int batch() {
        return batch;
    }

    @Override
    public int time() {
        return teacher.time();
    }

    @Override
    public int topK() {
        return teacher.topK();
    }

    @Override
    public String description() {
        return description + ", top " + topK();
    }

    @Override
    public TargetBatch next() {
        if (data == null) {
            data = open.apply(start);
        }
        if (!data.hasNext()) {
            data.close();
            data = open.apply(DataCursor.START);
        }
        var packed = data.next();
        if (packed.batch() != batch || packed.time() != time()) {
            throw new IllegalArgumentException("the data come in batches of " + packed.batch() + " rows of "
                    + packed.time() + " tokens instead of " + batch + " rows of " + time());
        }
        return teacher.of(packed);
    }

    @Override
    public JsonNode place() {
        return JSON.valueToTree(data == null ? start : data.cursor());
    }

    @Override
    public void goTo(JsonNode place) throws JsonProcessingException {
        var cursor = JSON.treeToValue(place, DataCursor.class);
        close();
        start = cursor;
    }

    @Override
    public void close() {
        if (data != null) {
            data.close();
            data = null;
        }
    }
}
