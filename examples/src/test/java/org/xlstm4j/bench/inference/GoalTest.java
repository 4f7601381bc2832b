package org.xlstm4j.bench.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class GoalTest {
    private static final List<Integer> CONTEXTS = List.of(512, 1024, 8192, 16_384, 32_768);

    private final List<Point> points = new ArrayList<>();
    private final Map<Integer, List<Double>> together = new TreeMap<>();

    private void add(Subject subject, int context, double prefillSeconds, double decodeRate, long peakBytes) {
        points.add(new Point(subject, context, List.of(prefillSeconds), List.of(decodeRate / 2, decodeRate, 1e9),
                peakBytes, List.of(), Optional.empty()));
    }

    private List<Goal> goals(List<Integer> contexts) {
        return Goal.of(new InferenceReport(new Plan(contexts, 1, 1, 1, 1, 1), Map.of(), points, together, true));
    }

    @Test
    void whatIsAsWantedIsKept() {
        add(Subject.TEACHER, 8192, 1, 10, 1);
        add(Subject.STUDENT, 8192, 1, 18, 1000);
        add(Subject.TEACHER, 16_384, 18, 8, 1);
        add(Subject.STUDENT, 16_384, 10, 18, 1020);
        add(Subject.TEACHER, 32_768, 1, 4, 1);
        add(Subject.STUDENT, 32_768, 1, 18, 1050);
        add(Subject.STUDENT, 1024, 1, 18, 1000);
        add(Subject.STUDENT, 512, 1, 36, 500);
        add(Subject.JLAMA, 8192, 1, 12.5, 1);
        add(Subject.JLAMA, 16_384, 1, 1, 1);
        together.put(512, List.of(99.0));
        together.put(1024, List.of(20.0, 21.0, 22.0));
        together.put(32_768, List.of(20.0));
        var goals = goals(CONTEXTS);
        assertThat(goals).hasSize(6).allMatch(Goal::isKept);
        assertThat(goals).extracting(goal -> goal.measured().orElseThrow())
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-9 ? 0 : 1)
                .containsExactly(1.05, 1.05, 1.8, 4.5, 1.8, 0.8);
    }

    @Test
    void whatFallsShortIsMissedByTheWorstFigure() {
        add(Subject.TEACHER, 8192, 1, 10, 1);
        add(Subject.STUDENT, 8192, 1, 17.9, 1000);
        add(Subject.JLAMA, 8192, 1, 10, 1);
        add(Subject.TEACHER, 512, 1, 10, 1);
        add(Subject.JLAMA, 512, 1, 20, 1);
        add(Subject.STUDENT, 32_768, 1, 18, 1060);
        together.put(1024, List.of(20.0));
        together.put(8192, List.of(30.0));
        var goals = goals(CONTEXTS);
        assertThat(goals).noneMatch(Goal::isKept);
        assertThat(goals.get(0).measured()).hasValue(1.5);
        assertThat(goals.get(1).measured()).hasValue(1.06);
        assertThat(goals.get(2).measured().orElseThrow()).isCloseTo(1.79, within(1e-9));
        assertThat(goals.get(3).measured()).as("no teacher at 32,768").isEmpty();
        assertThat(goals.get(4).measured()).isEmpty();
        assertThat(goals.get(5).measured()).as("the worst").hasValue(0.5);
    }

    @Test
    void whatHasNoFiguresIsNeitherKeptNorMissed() {
        // Read by nobody: no prefill, no memory.
        points.add(new Point(Subject.STUDENT, 16_384, List.of(), List.of(5.0), 0, List.of(), Optional.empty()));
        points.add(new Point(Subject.TEACHER, 16_384, List.of(), List.of(), 0, List.of(), Optional.of("it broke")));
        together.put(1024, List.of(1.0));
        together.put(8192, List.of(9.0));
        assertThat(goals(List.of(1024, 8192, 16_384))).allMatch(goal -> goal.measured().isEmpty())
                .noneMatch(Goal::isKept).allSatisfy(goal -> assertThat(goal.json()).doesNotContainKey("kept"));
    }
}
