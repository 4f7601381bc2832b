package org.xlstm4j.distill.judge;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What a reader of a judgement should know, each once. */
final class Notes {
    private static final String TASKS = "{tasks}";

    private final Set<String> notes = new LinkedHashSet<>();

    void add(String note) {
        notes.add(note);
    }

    void add(ModelScores model) {
        model.notes().forEach(note -> add(model.name() + ": " + note));
    }

    void add(String student, List<TaskPair> pairs) {
        list(pairs, pair -> pair.teacher().level() == 0, "The teacher scores 0 on {tasks}: A_S ≥ (1 − α)·A_T"
                + " holds at every α, so that counts as tied, and there is no recovery rate.");
        list(pairs, pair -> !pair.teacher().higherIsBetter(), "Less is better on {tasks}: judged by the reciprocal.");
        list(pairs, TaskPair::restricted, "On {tasks} the teacher's score is on the items of " + student + " alone.");
        list(pairs, pair -> !pair.teacher().protocol().equals(pair.student().protocol()), "Teacher and " + student
                + " were not scored alike on {tasks}: " + protocols(pairs) + ".");
        list(pairs, pair -> pair.uncertainty() == Uncertainty.STANDARD_ERRORS, "The intervals of " + student
                + " on {tasks} rest on the standard errors, as if teacher and student were independent.");
        list(pairs, pair -> pair.uncertainty() == Uncertainty.NONE, "Neither items nor standard errors of "
                + "teacher and " + student + " are known on {tasks}: these scores are taken as exact.");
    }

    private static String protocols(List<TaskPair> pairs) {
        return pairs.stream().map(pair -> pair.teacher().protocol() + " against " + pair.student().protocol())
                .filter(text -> !text.matches("(.*) against \\1")).distinct().collect(Collectors.joining("; "));
    }

    private void list(List<TaskPair> pairs, Predicate<TaskPair> concerned, String sentence) {
        var tasks = pairs.stream().filter(concerned).map(TaskPair::task).toList();
        if (!tasks.isEmpty()) {
            add(sentence.replace(TASKS, tasks.size() == pairs.size() && tasks.size() > 1
                    ? "all tasks" : String.join(", ", tasks)));
        }
    }

    List<String> list() {
        return List.copyOf(notes);
    }
}
