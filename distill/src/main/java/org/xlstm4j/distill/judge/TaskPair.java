package org.xlstm4j.distill.judge;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The scores of teacher and student on one task, from which draws can be made.
 *
 * @param restricted whether the teacher's score is on the student's items alone, of more
 */
record TaskPair(String task, Score teacher, Score student, Uncertainty uncertainty, boolean restricted) {

    /**
     * Pairs two scores.
     *
     * @throws JudgeException if they are not of the same measure or the same items
     */
    static TaskPair of(String task, Score teacher, Score student) {
        if (!teacher.measure().equals(student.measure())
                || teacher.higherIsBetter() != student.higherIsBetter()) {
            throw new JudgeException(task + ": the teacher by " + teacher.measure() + ", the student by "
                    + student.measure());
        }
        if (teacher.items().isEmpty() || student.items().isEmpty()) {
            return new TaskPair(task, teacher, student, byErrors(teacher, student), false);
        }
        if (!teacher.items().keySet().containsAll(student.items().keySet())) {
            throw new JudgeException(task + ": of the student's " + student.items().size() + " items the teacher's "
                    + teacher.items().size() + " lack some");
        }
        var restricted = teacher.items().size() > student.items().size();
        var same = restricted ? on(teacher, student) : teacher;
        return new TaskPair(task, same, student,
                teacher.higherIsBetter() ? Uncertainty.ITEMS : byErrors(same, student), restricted);
    }

    private static Uncertainty byErrors(Score teacher, Score student) {
        return Double.isNaN(teacher.standardError()) || Double.isNaN(student.standardError())
                ? Uncertainty.NONE : Uncertainty.STANDARD_ERRORS;
    }

    private static Score on(Score teacher, Score student) {
        var items = new TreeMap<>(teacher.items());
        items.keySet().retainAll(student.items().keySet());
        var mean = items.values().stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        var squares = items.values().stream().mapToDouble(result -> (result - mean) * (result - mean)).sum();
        var error = items.size() > 1 ? Math.sqrt(squares / (items.size() - 1) / items.size()) : Double.NaN;
        return new Score(teacher.measure(), mean, error, items, teacher.higherIsBetter(), teacher.protocol());
    }

    TaskComparison comparison() {
        return new TaskComparison(task, teacher.level(), student.level());
    }

    /** Draws of both scores; those of a task depend on the seed and the task alone. */
    TaskComparison[] draws(int number, long seed) {
        var random = new SplittableRandom(seed * 31 + task.hashCode());
        return switch (uncertainty) {
            case ITEMS -> drawItems(number, random);
            case STANDARD_ERRORS -> drawScores(number, random);
            case NONE -> repeat(number);
        };
    }

    /** The paired bootstrap: as many items as there are, with replacement, the same for both. */
    private TaskComparison[] drawItems(int number, SplittableRandom random) {
        var teachers = results(teacher);
        var students = results(student);
        var draws = new TaskComparison[number];
        for (var draw = 0; draw < number; draw++) {
            double ofTeacher = 0;
            double ofStudent = 0;
            for (var i = 0; i < teachers.length; i++) {
                var item = random.nextInt(teachers.length);
                ofTeacher += teachers[item];
                ofStudent += students[item];
            }
            draws[draw] = drawn(ofTeacher / teachers.length, ofStudent / teachers.length);
        }
        return draws;
    }

    private TaskComparison[] drawScores(int number, SplittableRandom random) {
        var draws = new TaskComparison[number];
        for (var draw = 0; draw < number; draw++) {
            draws[draw] = drawn(teacher.level() + teacher.levelError() * random.nextGaussian(),
                    student.level() + student.levelError() * random.nextGaussian());
        }
        return draws;
    }

    private TaskComparison[] repeat(int number) {
        var draws = new TaskComparison[number];
        Arrays.fill(draws, comparison());
        return draws;
    }

    private TaskComparison drawn(double teacherLevel, double studentLevel) {
        return new TaskComparison(task, Math.max(0, teacherLevel), Math.max(0, studentLevel));
    }

    private static double[] results(Score score) {
        return score.items().values().stream().mapToDouble(Double::doubleValue).toArray();
    }
}
