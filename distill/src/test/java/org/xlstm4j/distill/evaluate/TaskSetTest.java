package org.xlstm4j.distill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskSetTest {
    @TempDir
    Path folder;

    @Test
    void groupsItemsOfAllFilesByTask() throws IOException {
        var first = write("first", line("b", "p0", "a0"), line("a", "p1", "a1"), line("b", "p2", "a2"));
        var second = write("second", line("b", "p3", "a3"));

        var tasks = TaskSet.read(List.of(first, second));

        assertThat(tasks.size()).isEqualTo(4);
        assertThat(tasks.all()).containsExactly(new ExactMatchItem("a", 0, "p1", "a1"),
                new ExactMatchItem("b", 0, "p0", "a0"), new ExactMatchItem("b", 1, "p2", "a2"), new ExactMatchItem("b", 2, "p3", "a3"));
    }

    @Test
    void badItemIsNamedByFileAndLine() throws IOException {
        var file = write("bad", line("a", "p", "a"), "{\"prompt\": \"p\", \"answer\": \"a\"}");

        assertThatThrownBy(() -> TaskSet.read(List.of(file))).isInstanceOf(TaskFileException.class)
                .hasMessageStartingWith(file + ":2: there is no \"task\"; expected \"task\" with \"prompt\" and");
    }

    @Test
    void filesWithoutItemsAreAnError() throws IOException {
        var file = write("empty");

        assertThatThrownBy(() -> TaskSet.read(List.of(file)))
                .isInstanceOf(IOException.class).hasMessageContaining("no task items in [" + file);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 10})
    void splitsDoNotOverlapAndCoverAll(int items) {
        var tasks = tasks(items);

        var tuning = tasks.select(Split.TUNING, 100).all();
        var heldOut = tasks.select(Split.HELD_OUT, 100).all();

        var both = new ArrayList<>(tuning);
        both.addAll(heldOut);
        assertThat(both).containsExactlyInAnyOrderElementsOf(tasks.all());
        assertThat(tasks.select(Split.ALL, 100)).isEqualTo(tasks);
    }

    @Test
    void theLimitCountsWithinTheSplit() {
        assertThat(tasks(9).select(Split.HELD_OUT, 3).items().get("t")).extracting(TaskItem::index)
                .containsExactly(1, 3, 5);
        assertThat(tasks(1).select(Split.HELD_OUT, 3).items()).isEmpty();
    }

    private static TaskSet tasks(int items) {
        var all = new TreeMap<String, List<TaskItem>>();
        for (var task : List.of("t", "u")) {
            all.put(task, new ArrayList<>());
            for (var i = 0; i < items; i++) {
                all.get(task).add(new ExactMatchItem(task, i, "p" + i, "a" + i));
            }
        }
        return new TaskSet(all);
    }

    private Path write(String name, String... lines) throws IOException {
        return Files.write(folder.resolve(name), List.of(lines));
    }

    private static String line(String task, String prompt, String answer) {
        return "{\"task\": \"%s\", \"prompt\": \"%s\", \"answer\": \"%s\"}".formatted(task, prompt, answer);
    }
}
