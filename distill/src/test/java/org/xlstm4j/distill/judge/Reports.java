package org.xlstm4j.distill.judge;

import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.Evaluator;
import org.xlstm4j.distill.evaluate.ExactMatchItem;
import org.xlstm4j.distill.evaluate.TaskItem;
import org.xlstm4j.distill.evaluate.TaskSet;

/** Evaluation reports for tests. */
final class Reports {
    /** A letter a token; 'z' ends a text. */
    private static final Encoding LETTERS = new Encoding(text -> text.chars().toArray(),
            ids -> new String(ids, 0, ids.length), Encoding.NO_BOS, 'z');

    private Reports() {
    }

    /** A report on the task t, of which each item asks for a letter and gets another. */
    static EvaluationReport of(String model, String asked, String given) {
        var items = new ArrayList<TaskItem>();
        for (var i = 0; i < asked.length(); i++) {
            items.add(new ExactMatchItem("t", i, Character.toString('A' + i), asked.substring(i, i + 1)));
        }
        Evaluator.Greedy answers = (prompts, most, end) ->
                prompts.stream().map(prompt -> new int[] {given.charAt(prompt[0] - 'A')}).toList();
        return new Evaluator(answers, sequences -> sequences.stream().map(ids -> new float[ids.length]).toList(),
                LETTERS).evaluate(model, new TaskSet(new TreeMap<>(Map.of("t", items))), EvaluationOptions.defaults());
    }
}
