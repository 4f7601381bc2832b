package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.Evaluator;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.distill.evaluate.TaskSet;

class ScoresTest {
    /** A letter a token; 'z' ends a text. */
    private static final Encoding LETTERS = new Encoding(text -> text.chars().toArray(),
            ids -> new String(ids, 0, ids.length), Encoding.NO_BOS, 'z');

    @TempDir
    private Path folder;

    private TaskSet tasks() throws IOException {
        var lines = new StringBuilder();
        var answers = List.of("a", "b", "a", "b", "a", "a");
        for (int i = 0; i < answers.size(); i++) {
            lines.append("{\"task\": \"t\", \"prompt\": \"p").append(i).append("\", \"answer\": \"")
                    .append(answers.get(i)).append("\"}\n");
        }
        return TaskSet.read(List.of(Files.writeString(folder.resolve("tasks.jsonl"), lines)));
    }

    /** The report on a model that always gives one answer. */
    private EvaluationReport report(String answer, EvaluationOptions options) throws IOException {
        Evaluator.Greedy always = (prompts, most, end) ->
                prompts.stream().map(prompt -> LETTERS.encoder().apply(answer)).toList();
        return new Evaluator(always, sequences -> sequences.stream().map(ids -> new float[ids.length]).toList(),
                LETTERS).evaluate("always-" + answer, tasks(), options);
    }

    @Test
    void wholeTeacherReportIsComparedOnTheStudentsItems() throws IOException {
        var teacher = Scores.of(report("a", EvaluationOptions.defaults()));
        var student = Scores.of(report("b", EvaluationOptions.defaults().withSplit(Split.HELD_OUT)));
        var comparison = teacher.against(student).tasks().get(0);
        assertThat(comparison.teacher()).isEqualTo(1.0 / 3);
        assertThat(comparison.student()).isEqualTo(2.0 / 3);
    }

    @Test
    void reportIsReadBackAndScoredOnSomeItems() throws IOException {
        var file = folder.resolve("report.json");
        report("a", EvaluationOptions.defaults()).write(file);
        var scores = Scores.read(file);
        assertThat(scores.name()).isEqualTo("always-a");
        assertThat(scores.on(tasks().select(Split.HELD_OUT, 2)).byTask()).isEqualTo(Map.of("t", 0.0));
        assertThat(scores.on(tasks().select(Split.TUNING, 2)).byTask()).isEqualTo(Map.of("t", 1.0));
    }

    @Test
    void refusesItemsThatWereNotScored() throws IOException {
        var scores = Scores.of(report("a", EvaluationOptions.defaults().withMaxItemsPerTask(3)));
        var tasks = tasks();
        assertThatThrownBy(() -> scores.on(tasks)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lacks item 3 of t");
    }

    @Test
    void plainScoresAreNamedAfterTheirFile() throws IOException {
        var scores = Scores.read(Files.writeString(folder.resolve("plain.json"), "{\"t\": 0.5, \"u\": 1}"));
        assertThat(scores.name()).isEqualTo("plain");
        assertThat(scores.on(tasks()).byTask()).isEqualTo(Map.of("t", 0.5));
    }
}
