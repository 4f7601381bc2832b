package org.xlstm4j.distill.judge;

import java.util.Arrays;
import java.util.SplittableRandom;

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
        var unsaid = teacher.measure().equals(Score.UNSAID) || student.measure().equals(Score.UNSAID);
        if (!unsaid && !teacher.measure().equals(student.measure())
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
        return new TaskPair(task, restricted ? teacher.on(student.items().keySet()) : teacher, student,
                Uncertainty.ITEMS, restricted);
    }

    private static Uncertainty byErrors(Score teacher, Score student) {
        return Double.isNaN(teacher.standardError()) || Double.isNaN(student.standardError())
                ? Uncertainty.NONE : Uncertainty.STANDARD_ERRORS;
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
        var teachers = teacher.items().values().toArray(Score.Item[]::new);
        var students = student.items().values().toArray(Score.Item[]::new);
        var draws = new TaskComparison[number];
        for (var draw = 0; draw < number; draw++) {
            double teacherSum = 0;
            double studentSum = 0;
            double weight = 0;
            for (var i = 0; i < teachers.length; i++) {
                var item = random.nextInt(teachers.length);
                teacherSum += teachers[item].sum();
                studentSum += students[item].sum();
                weight += teachers[item].weight();
            }
            draws[draw] = drawn(teacher.level(teacherSum / weight), student.level(studentSum / weight));
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
}
