package org.xlstm4j.distill.evaluate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Tasks and their items.
 *
 * @param items the items, by task name and in the order of their index
 */
public record TaskSet(SortedMap<String, List<TaskItem>> items) {

    public TaskSet {
        items = Collections.unmodifiableSortedMap(new TreeMap<>(items));
    }

    /**
     * Reads tasks from files of JSON lines, items grouped by task. What a line is, its fields tell:
     * <ul>
     * <li>{@code {"task": …, "prompt": …, "answer": …}}: {@link ExactMatchItem};
     * <li>{@code {"task": …, "prompt": …, "choices": […], "gold": 0}}: {@link ChoiceItem};
     * <li>{@code {"task": …, "text": …}}: {@link TextItem}.
     * </ul>
     * Further fields are passed over. All items of a task must be of one kind, and none may occur twice.
     *
     * @throws TaskFileException if lines are something else; the first few are listed
     * @throws IOException       if a file cannot be read or there is no item in any
     */
    public static TaskSet read(List<Path> files) throws IOException {
        return new TaskReader().read(files);
    }

    /**
     * These tasks and others.
     *
     * @throws IllegalArgumentException if both have a task of the same name
     */
    public TaskSet with(TaskSet others) {
        var all = new TreeMap<>(items);
        others.items().forEach((task, ofTask) -> {
            if (all.put(task, ofTask) != null) {
                throw new IllegalArgumentException("there are two tasks " + task + "; name one of them otherwise");
            }
        });
        return new TaskSet(all);
    }

    /**
     * Some of the items: a split of every task, and of that the first {@code maxItemsPerTask}. A task of which nothing
     * is left is left out.
     */
    public TaskSet select(Split split, int maxItemsPerTask) {
        var selected = new TreeMap<String, List<TaskItem>>();
        items.forEach((task, all) -> {
            var some = all.stream().filter(item -> split.contains(item.index())).limit(maxItemsPerTask).toList();
            if (!some.isEmpty()) {
                selected.put(task, some);
            }
        });
        return new TaskSet(selected);
    }

    /** The number of items of all tasks. */
    public int size() {
        return items.values().stream().mapToInt(List::size).sum();
    }

    /** All items, task after task. */
    public List<TaskItem> all() {
        return items.values().stream().flatMap(List::stream).toList();
    }
}
