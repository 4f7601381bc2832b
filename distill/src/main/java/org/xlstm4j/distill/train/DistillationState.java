package org.xlstm4j.distill.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.distill.resume.Snapshot;

/**
 * What a checkpoint of stage II keeps beside arrays.
 *
 * @param optimizerSteps steps that were not passed over
 * @param place          of the next batch
 */
record DistillationState(long tokens, int optimizerSteps, JsonNode place, StepGuard.State guard,
                         EarlyStopping.State stopping) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static DistillationState of(JsonNode state) throws JsonProcessingException {
        return JSON.treeToValue(state, DistillationState.class);
    }

    Snapshot snapshot(int step, Map<String, INDArray> arrays) {
        return new Snapshot(step, arrays, JSON.valueToTree(this));
    }
}
