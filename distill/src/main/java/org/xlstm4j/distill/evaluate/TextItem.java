package org.xlstm4j.distill.evaluate;

import java.util.List;
import java.util.Objects;

/**
 * A text whose likelihood is taken.
 *
 * @param task  the name of the task
 * @param index its place within the task
 * @param text  the text, not empty
 */
public record TextItem(String task, int index, String text) implements TaskItem {

    public TextItem {
        Objects.requireNonNull(task, "task");
        if (text.isEmpty()) {
            throw new IllegalArgumentException("\"text\" is empty");
        }
    }

    @Override
    public TaskKind kind() {
        return TaskKind.PERPLEXITY;
    }

    @Override
    public List<Object> asked() {
        return List.of(Digest.of(text));
    }
}
