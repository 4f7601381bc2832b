package org.xlstm4j.distill.evaluate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.xlstm4j.distill.data.JsonLines;

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
     * Reads tasks from files with lines {@code {"task": …, "prompt": …, "answer": …}}; items are grouped by task.
     *
     * @throws org.xlstm4j.distill.data.JsonLinesException if a line is something else
     * @throws IOException                                 if a file cannot be read or there is no item in any
     */
    public static TaskSet read(List<Path> files) throws IOException {
        var items = new TreeMap<String, List<TaskItem>>();
        for (var file : files) {
            JsonLines.read(file, "{\"task\": …, \"prompt\": …, \"answer\": …}", line -> {
                var ofTask = items.computeIfAbsent(line.string("task"), task -> new ArrayList<>());
                return ofTask.add(new ExactMatchItem(
                        line.string("task"), ofTask.size(), line.string("prompt"), line.string("answer")));
            });
        }
        if (items.isEmpty()) {
            throw new IOException("there are no task items in " + files + "; name files with lines of task items");
        }
        return new TaskSet(items);
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
