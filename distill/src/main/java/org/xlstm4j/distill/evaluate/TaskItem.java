package org.xlstm4j.distill.evaluate;

import java.util.Objects;

/**
 * One question of a task.
 *
 * @param task   the name of the task
 * @param index  its place within the task, from 0, in the order of the files; it stays the same in every selection
 * @param prompt what the model is given
 * @param answer what the model must say, exactly
 */
public record TaskItem(String task, int index, String prompt, String answer) {

    public TaskItem {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(answer, "answer");
    }
}
