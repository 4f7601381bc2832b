package org.xlstm4j.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.xlstm4j.distill.judge.CostFront;
import org.xlstm4j.distill.judge.Estimate;
import org.xlstm4j.distill.judge.Judgement;
import org.xlstm4j.distill.judge.StudentJudgement;
import org.xlstm4j.distill.judge.TaskJudgement;

/** What {@code compare} prints and writes as JSON. */
final class CompareTables {

    private CompareTables() {
    }

    /** Recovery a task; students whose items differ are each held against the teacher on their own items. */
    static List<Table> tasks(Judgement judgement) {
        var groups = new LinkedHashMap<List<Double>, List<StudentJudgement>>();
        for (var student : judgement.students()) {
            groups.computeIfAbsent(student.tasks().stream().map(TaskJudgement::teacher).toList(),
                    teacher -> new ArrayList<>()).add(student);
        }
        return groups.values().stream().map(CompareTables::tasks).toList();
    }

    private static Table tasks(List<StudentJudgement> students) {
        var header = new ArrayList<>(List.of("task", "teacher"));
        students.forEach(student -> header.addAll(List.of(student.name(), "recovery")));
        var table = new Table(header);
        for (int i = 0; i < students.get(0).tasks().size(); i++) {
            var first = students.get(0).tasks().get(i);
            var row = new ArrayList<>(List.of(first.task(), Table.number(first.teacher(), 3)));
            for (var student : students) {
                row.add(Table.number(student.tasks().get(i).student(), 3));
                row.add(student.tasks().get(i).recovery().text(3));
            }
            table.row(row);
        }
        return table;
    }

    static Table domains(Judgement judgement) {
        var header = new ArrayList<>(List.of("domain", "tasks"));
        judgement.students().forEach(student -> header.add(student.name()));
        var table = new Table(header);
        var domains = judgement.students().get(0).domains();
        for (int i = 0; i < domains.size(); i++) {
            var row = new ArrayList<>(List.of(domains.get(i).domain(), Integer.toString(domains.get(i).tasks())));
            for (var student : judgement.students()) {
                row.add(student.domains().get(i).recovery().text(3));
            }
            table.row(row);
        }
        return table;
    }

    static Table summary(Judgement judgement) {
        var table = Table.of("student", "C_0", "alpha*", "mean recovery", "lossless");
        judgement.students().forEach(student -> table.row(student.name(), student.rateAtZero().text(3),
                student.criticalAlpha().text(4), student.meanRecovery().text(4),
                student.winAndTie().lossless() ? "yes" : "no"));
        return table;
    }

    static Table costs(CostFront costs) {
        var table = Table.of("model", costs.label(), "mean recovery", "on the front");
        costs.points().forEach(point -> table.row(point.model(), Double.toString(point.cost()),
                Table.number(point.recovery(), 4), point.onFront() ? "yes" : "no"));
        return table;
    }

    static Map<String, Object> json(Judgement judgement, Optional<CostFront> costs) {
        var facts = new LinkedHashMap<String, Object>();
        facts.put("teacher", judgement.teacher());
        facts.put("options", judgement.options());
        var students = new LinkedHashMap<String, Object>();
        judgement.students().forEach(student -> students.put(student.name(), json(student)));
        facts.put("students", students);
        facts.put("front", judgement.front());
        costs.ifPresent(front -> facts.put("costs", front));
        facts.put("notes", judgement.notes());
        return facts;
    }

    private static Map<String, Object> json(StudentJudgement student) {
        var facts = new LinkedHashMap<String, Object>();
        facts.put("rateAtZero", json(student.rateAtZero()));
        facts.put("criticalAlpha", json(student.criticalAlpha()));
        facts.put("meanRecovery", json(student.meanRecovery()));
        facts.put("lossless", student.winAndTie().lossless());
        facts.put("tasks", student.tasks().stream().map(CompareTables::json).toList());
        facts.put("domains", student.domains().stream().map(domain -> Map.of("domain", domain.domain(),
                "tasks", domain.tasks(), "recovery", json(domain.recovery()),
                "rateAtZero", json(domain.rateAtZero()))).toList());
        facts.put("curve", student.curve().stream().map(point -> {
            var fields = json(point.rate());
            fields.put("alpha", point.alpha());
            return fields;
        }).toList());
        return facts;
    }

    private static Map<String, Object> json(TaskJudgement task) {
        var facts = new LinkedHashMap<String, Object>();
        facts.put("task", task.task());
        facts.put("domain", task.domain());
        facts.put("measure", task.measure());
        facts.put("lessIsBetter", task.reciprocal());
        facts.put("teacher", task.teacher());
        facts.put("student", task.student());
        facts.put("recovery", json(task.recovery()));
        facts.put("criticalAlpha", task.comparison().criticalAlpha());
        facts.put("outcome", task.outcome());
        facts.put("uncertainty", task.uncertainty());
        return facts;
    }

    /** What there is of the figure: JSON has no NaN. */
    private static Map<String, Object> json(Estimate estimate) {
        var facts = new LinkedHashMap<String, Object>();
        facts.put("value", Double.isNaN(estimate.value()) ? null : estimate.value());
        if (estimate.hasInterval()) {
            facts.put("low", estimate.low());
            facts.put("high", estimate.high());
        }
        return facts;
    }
}
