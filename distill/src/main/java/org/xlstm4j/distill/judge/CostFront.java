package org.xlstm4j.distill.judge;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The Pareto front of quality against cost: the students that no other one beats in mean recovery without costing
 * more, or in cost without recovering less.
 *
 * @param label        what the cost is, with its unit, such as {@code parameters} or {@code decode, tokens/s}
 * @param moreIsBetter whether more of it is better, as of a rate
 * @param points       a student each, and the teacher with a recovery of 1 where its cost is known
 */
public record CostFront(String label, boolean moreIsBetter, List<Point> points) {

    /** One model: whether it is on the front, which the teacher is only shown beside. */
    public record Point(String model, double cost, double recovery, boolean onFront) {
    }

    public CostFront {
        points = List.copyOf(points);
    }

    /**
     * The front of a judgement's students.
     *
     * @param costs by the name of the student, the teacher's if it is known
     * @throws JudgeException if a student has no cost, or a cost belongs to no model
     */
    public static CostFront of(Judgement judgement, Map<String, Double> costs, String label, boolean moreIsBetter) {
        var names = judgement.students().stream().map(StudentJudgement::name).toList();
        var lacking = names.stream().filter(name -> !costs.containsKey(name)).toList();
        var unknown = costs.keySet().stream()
                .filter(name -> !names.contains(name) && !name.equals(judgement.teacher())).sorted().toList();
        if (!lacking.isEmpty() || !unknown.isEmpty()) {
            throw new JudgeException("the costs do not fit the models: "
                    + (lacking.isEmpty() ? "" : "none is given of " + String.join(", ", lacking))
                    + (lacking.isEmpty() || unknown.isEmpty() ? "" : "; ")
                    + (unknown.isEmpty() ? "" : "there is no model " + String.join(", ", unknown)));
        }
        var points = new ArrayList<Point>();
        for (var student : judgement.students()) {
            var beaten = judgement.students().stream()
                    .anyMatch(other -> beats(costs, moreIsBetter, other, student));
            points.add(new Point(student.name(), costs.get(student.name()), student.meanRecovery().value(), !beaten));
        }
        if (costs.containsKey(judgement.teacher())) {
            points.add(new Point(judgement.teacher(), costs.get(judgement.teacher()), 1, false));
        }
        return new CostFront(label, moreIsBetter, points);
    }

    private static boolean beats(Map<String, Double> costs, boolean moreIsBetter, StudentJudgement one,
                                 StudentJudgement other) {
        var sign = moreIsBetter ? -1 : 1;
        var cost = sign * Double.compare(costs.get(one.name()), costs.get(other.name()));
        var recovery = Double.compare(one.meanRecovery().value(), other.meanRecovery().value());
        return cost <= 0 && recovery >= 0 && (cost < 0 || recovery > 0);
    }
}
