package org.xlstm4j.distill.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Remembers the student of the lowest held-out KL, and says when patience is over. */
final class EarlyStopping {
    private static final String BEST = "best/";

    private final int patience;
    private State state = new State(null, 0);
    private Map<String, INDArray> best = Map.of();

    /**
     * What a checkpoint keeps beside the best weights.
     *
     * @param best    null before the first measurement
     * @param without measurements since then
     */
    record State(HeldOutLoss best, int without) {
    }

    /** @param patience 0 to remember no weights and never stop */
    EarlyStopping(int patience) {
        this.patience = patience;
    }

    void measured(HeldOutLoss loss, Trained trained) {
        // What is not a number is no measurement that another could be below.
        if (Double.isFinite(loss.kl()) && (state.best() == null || loss.kl() < state.best().kl())) {
            state = new State(loss, 0);
            best = patience > 0 ? trained.copy() : Map.of();
        } else {
            state = new State(state.best(), state.without() + 1);
        }
    }

    boolean isOver() {
        return patience > 0 && state.without() >= patience;
    }

    Optional<HeldOutLoss> best() {
        return Optional.ofNullable(state.best());
    }

    /** Gives the student back its best weights, where they are remembered. */
    void putBackBest(Trained trained) {
        if (!best.isEmpty()) {
            trained.putBack(best);
        }
    }

    State state() {
        return state;
    }

    Map<String, INDArray> arrays() {
        var arrays = new LinkedHashMap<String, INDArray>();
        best.forEach((name, array) -> arrays.put(BEST + name, array));
        return arrays;
    }

    void restore(State saved, Map<String, INDArray> arrays) {
        this.state = saved;
        var restored = new LinkedHashMap<String, INDArray>();
        arrays.forEach((name, array) -> {
            if (name.startsWith(BEST)) {
                restored.put(name.substring(BEST.length()), array);
            }
        });
        this.best = restored;
    }
}
