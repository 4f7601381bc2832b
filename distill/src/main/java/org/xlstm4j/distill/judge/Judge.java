package org.xlstm4j.distill.judge;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Judges students against their teacher: recovery, C_α, α* (arXiv 2603.15590, App. A), with confidence.
 *
 * <p>Confidence is by the percentile bootstrap. Where the results of single items are known of both, each draw takes a
 * task's items with replacement, the same for teacher and student, so that what both find hard does not count as
 * chance. Where only the standard errors are known, each draw takes both scores from normal distributions, cut off at
 * 0, as if independent, which makes the intervals wider than pairs would. Every draw is judged by the same definition.
 *
 * <p>A measure of which less is better, such as perplexity, is judged by its reciprocal. Negative scores have no
 * recovery: they are refused.
 */
public final class Judge {
    private static final int RANGE_UNITS = 20;

    private Judge() {
    }

    /**
     * Judges every student on the teacher's tasks.
     *
     * @throws JudgeException if models have scores on different tasks (see {@link JudgeOptions#common}), by different
     *                        measures, on different items or scales, or negative ones; the message names all of them
     */
    public static Judgement judge(ModelScores teacher, List<ModelScores> students, JudgeOptions options) {
        Objects.requireNonNull(options, "options");
        if (students.isEmpty()) {
            throw new JudgeException("there is no student to judge");
        }
        requireDifferentNames(students);
        var notes = new Notes();
        notes.add(teacher);
        students.forEach(notes::add);
        var tasks = tasks(teacher, students, options.common(), notes);
        var paired = new LinkedHashMap<String, List<TaskPair>>();
        for (var student : students) {
            requireSameScale(teacher.only(tasks), student.only(tasks));
            var pairs = pairs(teacher, student, tasks);
            notes.add(student.name(), pairs);
            paired.put(student.name(), pairs);
        }
        var range = range(paired.values());
        var judged = new ArrayList<StudentJudgement>();
        paired.forEach((student, pairs) -> judged.add(StudentDraws.judge(student, pairs, options, range)));
        return new Judgement(teacher.name(), options, judged, CurveFront.of(judged), notes.list());
    }

    /** Where the last curve has risen to one, on to the next twentieth. */
    private static double range(Collection<List<TaskPair>> paired) {
        var last = paired.stream().flatMap(List::stream)
                .mapToDouble(pair -> pair.comparison().criticalAlpha()).max().orElseThrow();
        return Math.min(1, (Math.floor(last * RANGE_UNITS) + 1) / RANGE_UNITS);
    }

    private static void requireDifferentNames(List<ModelScores> students) {
        var names = new LinkedHashSet<String>();
        students.forEach(student -> {
            if (!names.add(student.name())) {
                throw new JudgeException("two students are called " + student.name() + "; rename one");
            }
        });
    }

    private static TreeSet<String> tasks(ModelScores teacher, List<ModelScores> students, boolean common, Notes notes) {
        var shared = new TreeSet<>(teacher.tasks().keySet());
        students.forEach(student -> shared.retainAll(student.tasks().keySet()));
        var differences = new ArrayList<String>();
        for (var student : students) {
            addLacking(differences, "the student ", student, teacher.tasks().keySet());
        }
        var ofStudents = new TreeSet<String>();
        students.forEach(student -> ofStudents.addAll(student.tasks().keySet()));
        addLacking(differences, "the teacher ", teacher, ofStudents);
        if (!differences.isEmpty() && (!common || shared.isEmpty())) {
            throw new JudgeException("teacher and students were scored on different tasks: "
                    + String.join("; ", differences) + (shared.isEmpty() ? "; they have none in common"
                    : "; score all on the same, or judge only those in common (--common)"));
        }
        if (!differences.isEmpty()) {
            notes.add("Judged on the tasks in common, " + shared.size() + " in number: "
                    + String.join("; ", differences) + ".");
        }
        return shared;
    }

    private static void addLacking(List<String> differences, String role, ModelScores model, Set<String> needed) {
        var lacking = new TreeSet<>(needed);
        lacking.removeAll(model.tasks().keySet());
        if (!lacking.isEmpty()) {
            differences.add(role + model.name() + " lacks " + String.join(", ", lacking));
        }
    }

    private static List<TaskPair> pairs(ModelScores teacher, ModelScores student, TreeSet<String> tasks) {
        requireJudgeable(teacher, tasks);
        requireJudgeable(student, tasks);
        var pairs = new ArrayList<TaskPair>();
        var problems = new ArrayList<String>();
        for (var task : tasks) {
            try {
                pairs.add(TaskPair.of(task, teacher.tasks().get(task), student.tasks().get(task)));
            } catch (JudgeException e) {
                problems.add(e.getMessage());
            }
        }
        if (!problems.isEmpty()) {
            throw new JudgeException(teacher.name() + " and " + student.name() + " were not scored alike: "
                    + String.join("; ", problems) + "; score both on the same items, by the same measure"
                    + " (--metric TASK=MEASURE)");
        }
        return pairs;
    }

    private static void requireJudgeable(ModelScores model, TreeSet<String> tasks) {
        Predicate<String> judgeable = task -> model.tasks().get(task).judgeable();
        var bad = tasks.stream().filter(judgeable.negate())
                .map(task -> task + " = " + model.tasks().get(task).value() + " (" + model.tasks().get(task).measure()
                        + ")").collect(Collectors.joining(", "));
        if (!bad.isEmpty()) {
            throw new JudgeException("A_S >= (1 - alpha) A_T has no meaning for these scores of " + model.name() + ": "
                    + bad + "; scores must be finite and not negative. Choose another measure (--metric) or leave the"
                    + " tasks out (--exclude)");
        }
    }

    /** One in percent and the other in fractions, told by the largest scores. */
    private static void requireSameScale(ModelScores teacher, ModelScores student) {
        var ofTeacher = largest(teacher);
        var ofStudent = largest(student);
        if (ofTeacher > 1 && ofStudent > 0 && ofStudent <= 1 || ofStudent > 1 && ofTeacher > 0 && ofTeacher <= 1) {
            throw new JudgeException("the scores of " + teacher.name() + " reach " + ofTeacher + " and those of "
                    + student.name() + " " + ofStudent + ": one seems to be in percent and the other in fractions;"
                    + " say which file is in percent (--percent FILE)");
        }
    }

    private static double largest(ModelScores model) {
        return model.tasks().values().stream().filter(Score::higherIsBetter).mapToDouble(Score::value).max().orElse(0);
    }
}
