package org.xlstm4j.distill.evaluate;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A fact hidden in a long text, to be found again.
 *
 * @param task     the name of the task
 * @param index    its place within the task
 * @param length   tokens of the whole prompt, begin token and question included
 * @param depth    where the needle lies: 0 at the beginning of the haystack, 1 at its end
 * @param key      what the needle tells of
 * @param answer   what it tells
 * @param haystack the text around it
 */
public record NeedleItem(String task, int index, int length, double depth, String key, String answer,
                         Haystack haystack) implements TaskItem {

    public NeedleItem {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(answer, "answer");
        Objects.requireNonNull(haystack, "haystack");
        if (length < 1) {
            throw new IllegalArgumentException("a prompt must have 1 token or more, not " + length);
        }
        if (!(depth >= 0 && depth <= 1)) {
            throw new IllegalArgumentException("a needle's depth must lie in [0, 1], not " + depth);
        }
    }

    @Override
    public TaskKind kind() {
        return TaskKind.NEEDLE;
    }

    @Override
    public List<Object> asked() {
        return List.of(length, depth, key, answer, haystack.digest());
    }

    /** Whether the right number stands in a model's answer, and not as a part of a longer one. */
    boolean isFoundIn(String output) {
        return Pattern.compile("(?<!\\d)" + Pattern.quote(answer) + "(?!\\d)").matcher(output).find();
    }
}
