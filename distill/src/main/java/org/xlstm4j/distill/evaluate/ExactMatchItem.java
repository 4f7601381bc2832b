package org.xlstm4j.distill.evaluate;

import java.util.List;
import java.util.Objects;

/**
 * A question that has one right answer, to be given character for character.
 *
 * @param task   the name of the task
 * @param index  its place within the task
 * @param prompt what the model is given
 * @param answer what the model must say, exactly
 */
public record ExactMatchItem(String task, int index, String prompt, String answer) implements TaskItem {

    public ExactMatchItem {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(answer, "answer");
    }

    @Override
    public TaskKind kind() {
        return TaskKind.EXACT_MATCH;
    }

    @Override
    public List<Object> asked() {
        return List.of(prompt, answer);
    }
}
