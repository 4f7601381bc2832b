package org.xlstm4j.distill.evaluate;

import java.util.List;
import java.util.Objects;

/**
 * Whether a model found a needle in its haystack.
 *
 * @param index    the item's place within its task
 * @param length   tokens of the whole prompt
 * @param depth    where the needle lay, from 0 to 1
 * @param key      what the needle told of
 * @param expected what it told
 * @param haystack which haystack it lay in
 * @param output   the model's answer
 * @param correct  whether the right number stands in it
 */
public record NeedleResult(int index, int length, double depth, String key, String expected, String haystack,
                           String output, boolean correct) implements ItemResult {

    public NeedleResult {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(expected, "expected");
        Objects.requireNonNull(haystack, "haystack");
        Objects.requireNonNull(output, "output");
    }

    @Override
    public TaskKind kind() {
        return TaskKind.NEEDLE;
    }

    @Override
    public List<Object> asked() {
        return List.of(length, depth, key, expected, haystack);
    }

    @Override
    public Primary primary() {
        return new Primary(correct ? 1 : 0, 1);
    }
}
