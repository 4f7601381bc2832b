package org.xlstm4j.distill.judge;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The Pareto front of several students: the upper envelope of their curves of C_α. At a given tolerance the best pick
 * is the student with the highest rate (App. A).
 *
 * @param parts     the envelope from α = 0 to 1, lowest α first, a part for every set of best students
 * @param dominated the students that another one equals or beats at every tolerance, and beats at some
 */
public record CurveFront(List<Part> parts, List<String> dominated) {

    /**
     * A part of the envelope.
     *
     * @param from where it begins; it ends where the next begins, the last at 1
     * @param rate the highest C_α at its beginning
     * @param best the students that reach it all along
     */
    public record Part(double from, double rate, List<String> best) {
    }

    public CurveFront {
        parts = List.copyOf(parts);
        dominated = List.copyOf(dominated);
    }

    static CurveFront of(List<StudentJudgement> students) {
        // Curves change only where a task begins to count.
        var steps = new TreeSet<Double>(List.of(0.0));
        students.forEach(student -> student.winAndTie().tasks().forEach(task -> steps.add(task.criticalAlpha())));
        var parts = new ArrayList<Part>();
        for (var alpha : steps) {
            var rate = students.stream().mapToDouble(student -> student.winAndTie().rate(alpha)).max().orElseThrow();
            var best = students.stream().filter(student -> student.winAndTie().rate(alpha) == rate)
                    .map(StudentJudgement::name).toList();
            if (parts.isEmpty() || !parts.get(parts.size() - 1).best().equals(best)) {
                parts.add(new Part(alpha, rate, best));
            }
        }
        return new CurveFront(parts, students.stream()
                .filter(student -> students.stream().anyMatch(other -> dominates(other, student, steps)))
                .map(StudentJudgement::name).toList());
    }

    private static boolean dominates(StudentJudgement one, StudentJudgement other, TreeSet<Double> steps) {
        var somewhere = false;
        for (var alpha : steps) {
            var difference = Double.compare(one.winAndTie().rate(alpha), other.winAndTie().rate(alpha));
            if (difference < 0) {
                return false;
            }
            somewhere |= difference > 0;
        }
        return somewhere;
    }
}
