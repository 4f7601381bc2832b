package org.xlstm4j.distill.align;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.resume.Snapshot;
import org.xlstm4j.distill.train.StepGuard;

/**
 * What a checkpoint of stage I keeps beside arrays.
 *
 * @param place  of the next batch
 * @param layers by layer
 */
record AlignmentState(long tokens, DataCursor place, List<Layer> layers) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A layer's steps that were not passed over, and its guard. */
    record Layer(int optimizerSteps, StepGuard.State guard) {
    }

    static AlignmentState of(JsonNode state) throws JsonProcessingException {
        return JSON.treeToValue(state, AlignmentState.class);
    }

    Snapshot snapshot(int step, Map<String, INDArray> arrays) {
        return new Snapshot(step, arrays, JSON.valueToTree(this));
    }
}
