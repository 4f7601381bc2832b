package org.xlstm4j.distill.resume;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * All that training goes on from after a step. No step draws random numbers of its own: what is random follows from
 * the seed, which is among the settings, and the place, which is in the state; the two are the random state.
 *
 * @param step   steps done
 * @param arrays weights and optimiser, by name, float32
 * @param state  everything else, such as the place in the data, as JSON
 */
public record Snapshot(int step, Map<String, INDArray> arrays, JsonNode state) {
    public Snapshot {
        if (step < 0) {
            throw new IllegalArgumentException("steps done must not be negative, were " + step);
        }
        Objects.requireNonNull(arrays, "arrays");
        Objects.requireNonNull(state, "state");
    }
}
