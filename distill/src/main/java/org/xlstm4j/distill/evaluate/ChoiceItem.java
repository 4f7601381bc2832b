package org.xlstm4j.distill.evaluate;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;

/**
 * A question with answers to choose from; the model chooses the one that it finds likeliest.
 *
 * @param task    the name of the task
 * @param index   its place within the task
 * @param prompt  what the model is given
 * @param choices how it may go on, each with the space that it begins with; two or more, none blank, all different
 * @param gold    which choice is right, from 0
 */
public record ChoiceItem(String task, int index, String prompt, List<String> choices, int gold) implements TaskItem {

    public ChoiceItem {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(prompt, "prompt");
        choices = List.copyOf(choices);
        if (choices.size() < 2) {
            throw new IllegalArgumentException("there " + (choices.isEmpty() ? "is no choice" : "is one choice alone")
                    + "; give two or more");
        }
        if (gold < 0 || gold >= choices.size()) {
            throw new IllegalArgumentException("\"gold\" is " + gold + ", but the choices are 0 to "
                    + (choices.size() - 1));
        }
        for (int i = 0; i < choices.size(); i++) {
            if (choices.get(i).isBlank()) {
                throw new IllegalArgumentException("choice " + i + " is blank");
            }
        }
        if (new HashSet<>(choices).size() < choices.size()) {
            throw new IllegalArgumentException("two choices are the same");
        }
    }

    @Override
    public TaskKind kind() {
        return TaskKind.MULTIPLE_CHOICE;
    }

    @Override
    public List<Object> asked() {
        return List.of(prompt, choices, gold);
    }
}
