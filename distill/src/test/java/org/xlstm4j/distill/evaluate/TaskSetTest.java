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
import org.junit.jupiter.params.provider.CsvSource;
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
    void kindIsSeenFromTheFields() throws IOException {
        var file = write("all", line("e", "p", "a"),
                "{\"task\": \"c\", \"prompt\": \"p\", \"choices\": [\" a\", \" b\"], \"gold\": 1, \"note\": 3}",
                "{\"task\": \"t\", \"text\": \"x\"}");

        var tasks = TaskSet.read(List.of(file));

        assertThat(tasks.all()).containsExactly(new ChoiceItem("c", 0, "p", List.of(" a", " b"), 1),
                new ExactMatchItem("e", 0, "p", "a"), new TextItem("t", 0, "x"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "{'task': 'a', 'prompt': 'p'} | there is no \"answer\"",
        "{'task': 'a', 'question': 'p', 'x': 1} | no kind of task has the fields [task, question, x]",
        "{'task': 'a', 'text': 't', 'prompt': 'p'} | more than one kind",
        "{'task': 'a', 'prompt': 'p', 'choices': ['x', 'y'], 'gold': 0, 'answer': 'x'} | more than one kind",
        "{'task': 'a', 'text': ''} | \"text\" is empty",
        "{'task': 'a', 'prompt': 'p', 'choices': ['x', 'y']} | \"gold\" is not the number of a choice, from 0",
        "{'task': 'a', 'prompt': 'p', 'choices': ['x', 'y'], 'gold': 'x'} | \"gold\" is not the number",
        "{'task': 'a', 'prompt': 'p', 'choices': ['x', 'y'], 'gold': 0.5} | \"gold\" is not the number",
        "{'task': 'a', 'prompt': 'p', 'choices': ['x', 'y'], 'gold': 2} | \"gold\" is 2, but the choices are 0 to 1",
        "{'task': 'a', 'prompt': 'p', 'choices': ['x', 'y'], 'gold': -1} | \"gold\" is -1",
        "{'task': 'a', 'prompt': 'p', 'choices': [], 'gold': 0} | there is no choice; give two or more",
        "{'task': 'a', 'prompt': 'p', 'choices': ['x'], 'gold': 0} | there is one choice alone",
        "{'task': 'a', 'prompt': 'p', 'choices': ['x', ' '], 'gold': 0} | choice 1 is blank",
        "{'task': 'a', 'prompt': 'p', 'choices': ['x', 'x'], 'gold': 0} | two choices are the same",
        "{'task': 'a', 'prompt': 'p', 'choices': ['x', 7], 'gold': 0} | choice 1 is not a string but NUMBER",
        "{'task': 'a', 'prompt': 'p', 'choices': 'x', 'gold': 0} | \"choices\" is not a list of strings",
        "{'task': 'a', 'choices': ['x', 'y'], 'gold': 0} | there is no \"prompt\""})
    void wrongFieldsAreToldWithFileAndLine(String line, String problem) throws IOException {
        var file = write("bad", line("b", "p", "a"), "", line.replace('\'', '"'));

        assertThatThrownBy(() -> TaskSet.read(List.of(file))).isInstanceOf(TaskFileException.class)
                .hasMessageStartingWith(file + ":3: ").hasMessageContaining(problem);
    }

    @Test
    void firstFewOfAllBrokenLinesAreListed() throws IOException {
        var first = write("first", "{", line("a", "p", "a"), "[]", "{\"task\": 3}");
        var second = write("second", "x", "{}", "{}", "{}");

        assertThatThrownBy(() -> TaskSet.read(List.of(first, second))).isInstanceOfSatisfying(TaskFileException.class,
                broken -> assertThat(broken.faults()).extracting(fault -> fault.file() + ":" + fault.line())
                        .containsExactly(first + ":1", first + ":3", first + ":4", second + ":1", second + ":2",
                                second + ":3", second + ":4"))
                .hasMessageContainingAll(first + ":1: broken JSON", first + ":3: not a JSON object", first + ":4: ",
                        second + ":1: ", second + ":2: there is no \"task\"")
                .hasMessageEndingWith("; and 2 lines more").hasMessageNotContaining("\n");
    }

    @Test
    void sameItemTwiceIsRefused() throws IOException {
        var first = write("first", line("a", "p", "a"), line("a", "p", "b"), line("b", "p", "a"));
        var second = write("second", line("a", "p", "a"));

        assertThat(TaskSet.read(List.of(first)).size()).isEqualTo(3);
        assertThatThrownBy(() -> TaskSet.read(List.of(first, second)))
                .hasMessageStartingWith(second + ":1: this is item 0 of task a again; remove one");
    }

    @Test
    void taskOfTwoKindsIsRefused() throws IOException {
        var file = write("both", line("a", "p", "a"), "{\"task\": \"a\", \"text\": \"x\"}");

        assertThatThrownBy(() -> TaskSet.read(List.of(file))).hasMessageStartingWith(
                file + ":2: task a began with items of kind EXACT_MATCH, this is one of PERPLEXITY");
    }

    @Test
    void setsOfTasksAreJoined() {
        var needles = new Needles(List.of(64), List.of(0.5), 1, 3, "").tasks();
        assertThat(tasks(2).with(needles).items().keySet()).containsExactly("needle-64", "t", "u");
        assertThatThrownBy(() -> tasks(2).with(tasks(1))).hasMessageContaining("two tasks t");
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
