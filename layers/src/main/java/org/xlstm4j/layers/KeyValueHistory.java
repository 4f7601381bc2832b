package org.xlstm4j.layers;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Keys and values that a window with sinks shows to the next piece of a sequence: the sinks, then the latest steps,
 * both pushed to the right, so that what is there lies side by side. A sink comes to its place when it leaves the
 * latest steps.
 *
 * @param sinks  first present steps to keep
 * @param recent latest steps to keep
 * @param width  of keys, and of values
 */
record KeyValueHistory(int sinks, int recent, long width) {
    private static final String KEYS = "keys";
    private static final String VALUES = "values";
    private static final String PRESENT = "present";

    /** What a window of {@code window} steps needs; at least one step, since no array may be empty. */
    static KeyValueHistory of(int window, int sinks, long width) {
        return new KeyValueHistory(sinks, Math.max(window - 1, 1), width);
    }

    List<StateArray> arrays() {
        return List.of(StateArray.zeros(KEYS, length(), width), StateArray.zeros(VALUES, length(), width),
                StateArray.zeros(PRESENT, length()));
    }

    int length() {
        return sinks + recent;
    }

    /** The steps that a state of arrays has, [minibatch, length]. */
    static <T> T present(Map<String, T> state) {
        return state.get(PRESENT);
    }

    /**
     * Keys and values of the history and the piece behind it.
     *
     * @param keys    [minibatch, length + time, width]
     * @param values  [minibatch, length + time, width]
     * @param present [minibatch, length + time]
     * @param time    steps of the piece
     */
    record Extended(SDVariable keys, SDVariable values, SDVariable present, int time) {
    }

    Extended extend(Map<String, SDVariable> state, HeadSequence piece) {
        var sd = piece.key().getSameDiff();
        int time = piece.heads().time();
        return new Extended(sd.concat(1, state.get(KEYS), piece.key().reshape(-1, time, width)),
                sd.concat(1, state.get(VALUES), piece.value().reshape(-1, time, width)),
                sd.concat(1, state.get(PRESENT), piece.mask()), time);
    }

    /** The history after the piece. */
    Map<String, SDVariable> after(Extended all) {
        var state = new HashMap<String, SDVariable>();
        int latest = sinks + all.time();
        state.put(KEYS, steps(all.keys(), latest, recent));
        state.put(VALUES, steps(all.values(), latest, recent));
        state.put(PRESENT, all.present().getSameDiff().slice(all.present(), new int[] {0, latest}, -1, recent));
        if (sinks > 0) {
            // Of the sinks so far and the steps that have left the latest ones.
            var picks = firstPresent(all.present(), latest);
            var sd = picks.getSameDiff();
            state.compute(KEYS, (name, kept) -> sd.concat(1, picks.mmul(steps(all.keys(), 0, latest)), kept));
            state.compute(VALUES, (name, kept) -> sd.concat(1, picks.mmul(steps(all.values(), 0, latest)), kept));
            state.compute(PRESENT, (name, kept) -> sd.concat(1, picks.sum(false, 2), kept));
        }
        return state;
    }

    private SDVariable steps(SDVariable rows, int from, int count) {
        return rows.getSameDiff().slice(rows, new int[] {0, from, 0}, -1, count, (int) width);
    }

    /** The first present ones of {@code count} steps, pushed to the right: one-hot, [minibatch, sinks, count]. */
    private SDVariable firstPresent(SDVariable allPresent, int count) {
        var sd = allPresent.getSameDiff();
        var present = sd.slice(allPresent, new int[] {0, 0}, -1, count);
        var before = sd.cumsum(present, true, false, 1);
        var empty = sd.nn.relu(present.sum(true, 1).neg().add(sinks), 0);
        var slot = before.add(empty).reshape(-1, 1, count);
        var slots = sd.constant(Nd4j.arange(sinks).castTo(present.dataType()).reshape(1, sinks, 1));
        var chosen = present.mul(before.lt(sinks).castTo(present.dataType())).reshape(-1, 1, count);
        return slot.eq(slots).castTo(present.dataType()).mul(chosen);
    }
}
