package org.xlstm4j.distill.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WinAndTieTest {

    /** Tables 5 and 6 of arXiv 2603.15590. */
    @Test
    void equalsThePublishedComparisonOfLlama() {
        var comparison = WinAndTie.of(
                scores(80.1, 81.6, 57.8, 81.9, 76.9, 65.9, 10.6, 13.8, 48.4, 35.4, 29.9, 48.4, 61.9),
                scores(80.0, 82.9, 55.9, 82.3, 79.0, 66.1, 17.7, 15.8, 57.8, 39.0, 23.8, 42.8, 56.9));

        assertThat(comparison.rate(0)).isEqualTo(8 / 13.0);
        assertThat(comparison.criticalAlpha()).isZero();
        assertThat(comparison.lossless()).isTrue();
        // Lost by 0.1 of 80.1, 1.9 of 57.8, 5.0 of 61.9, 5.6 of 48.4 and 6.1 of 29.9.
        assertThat(comparison.rate(0.002)).isEqualTo(9 / 13.0);
        assertThat(comparison.rate(0.05)).isEqualTo(10 / 13.0);
        assertThat(comparison.rate(0.1)).isEqualTo(11 / 13.0);
        assertThat(comparison.rate(0.12)).isEqualTo(12 / 13.0);
        assertThat(comparison.rate(0.21)).isEqualTo(1);
    }

    @Test
    void criticalAlphaIsTheMiddleLossOfAnOddNumber() {
        var comparison = WinAndTie.of(scores(1, 1, 1, 0.5, 0.8), scores(1.0, 0.75, 0.5, 0.25, 0.6));

        // Losses 0, 0.25, 0.5, 0.5, 0.25: the third smallest.
        assertThat(comparison.criticalAlpha()).isCloseTo(0.25, within(1e-15));
        assertThat(comparison.lossless()).isFalse();
        assertThat(comparison.rate(0)).isEqualTo(0.2);
        assertThat(comparison.rate(0.25)).isEqualTo(0.6);
        assertThat(comparison.rate(0.5)).isEqualTo(1);
        assertThat(comparison.meanRecovery()).isCloseTo((1 + 0.75 + 0.5 + 0.5 + 0.75) / 5, within(1e-15));
    }

    @Test
    void halfOfAnEvenNumberIsEnough() {
        var comparison = WinAndTie.of(scores(0.5, 0.5, 0.5, 0.5), scores(0.6, 0.5, 0.4, 0.1));

        assertThat(comparison.rate(0)).isEqualTo(0.5);
        assertThat(comparison.lossless()).isTrue();
        assertThat(comparison.criticalAlpha()).isZero();
    }

    @Test
    void teacherScoreOfZeroIsAlwaysTiedAndHasNoRecovery() {
        var comparison = WinAndTie.of(scores(0, 1), scores(0, 0.5));

        assertThat(comparison.tasks().get(0).recovery()).isNaN();
        assertThat(comparison.tasks().get(0).criticalAlpha()).isZero();
        assertThat(comparison.meanRecovery()).isEqualTo(0.5);
        assertThat(comparison.rate(0)).isEqualTo(0.5);
        assertThat(WinAndTie.of(scores(0), scores(0.3)).meanRecovery()).isNaN();
    }

    @Test
    void studentScoreOfZeroCountsOnlyAtOne() {
        var task = new TaskComparison("t", 0.4, 0);

        assertThat(task.criticalAlpha()).isEqualTo(1);
        assertThat(task.winOrTie(0.999)).isFalse();
        assertThat(task.winOrTie(1)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "0.54, 0.54, 0, true",
        "0.3, 0.30000000000000004, 0, true",
        "0.30000000000000004, 0.3, 0, true",
        "0.7, 0.63, 0.1, true",
        "0.98, 0.97, 0, false",
        "0.7, 0.62999, 0.1, false",
        "0.5, 0.499999999, 0, false",
    })
    void tiesSurviveRounding(double teacher, double student, double alpha, boolean wonOrTied) {
        var task = new TaskComparison("t", teacher, student);

        assertThat(task.winOrTie(alpha)).isEqualTo(wonOrTied);
        assertThat(task.criticalAlpha() == 0).isEqualTo(task.winOrTie(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 20})
    void criticalAlphaIsWhereTheCurveReachesHalf(int tasks) {
        var random = new Random(tasks);
        for (var trial = 0; trial < 200; trial++) {
            var teacher = new double[tasks];
            var student = new double[tasks];
            for (var i = 0; i < tasks; i++) {
                teacher[i] = random.nextInt(101) / 100.0;
                student[i] = random.nextInt(101) / 100.0;
            }
            var comparison = WinAndTie.of(scores(teacher), scores(student));
            var critical = comparison.criticalAlpha();

            assertThat(comparison.rate(critical)).isGreaterThanOrEqualTo(0.5);
            assertThat(comparison.lossless()).isEqualTo(critical == 0);
            if (critical > 0) {
                assertThat(comparison.rate(critical - 1e-9)).isLessThan(0.5);
            }
        }
    }

    @Test
    void curveHoldsBothEnds() {
        var curve = WinAndTie.of(scores(1, 1), scores(0.9, 0.5)).curve(0.5, 5);

        assertThat(curve).extracting(WinAndTie.Point::rate).containsExactly(0.0, 0.5, 0.5, 0.5, 0.5, 1.0);
        assertThat(curve.get(0).alpha()).isZero();
        assertThat(curve.get(5).alpha()).isEqualTo(0.5);
    }

    @Test
    void differentTasksAreListed() {
        assertThatThrownBy(() -> WinAndTie.of(Map.of("a", 1.0, "b", 1.0, "c", 1.0), Map.of("b", 1.0, "d", 1.0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the student lacks a, c; the teacher lacks d");
    }

    @Test
    void reportsMustRestOnTheSameItems() {
        var report = EvaluationReportTest.report();
        var tuning = new EvaluationReport("s", report.options().withSplit(Split.TUNING),
                report.only(Split.TUNING).tasks());

        assertThat(WinAndTie.of(report, report).rate(0)).isEqualTo(1);
        assertThat(WinAndTie.of(report.only(Split.TUNING), tuning).rate(0)).isEqualTo(1);
        assertThatThrownBy(() -> WinAndTie.of(report, tuning))
                .hasMessageContaining("different items of a: 3 of the split ALL and 2 of the split TUNING");
    }

    @Test
    void badNumbersAreRefused() {
        assertThatThrownBy(() -> new TaskComparison("t", -1, 0))
                .hasMessageContaining("the teacher's score on t is -1.0");
        assertThatThrownBy(() -> new TaskComparison("t", 1, Double.NaN)).hasMessageContaining("the student's score");
        assertThatThrownBy(() -> WinAndTie.of(Map.of(), Map.of())).hasMessageContaining("no task");
        var comparison = WinAndTie.of(scores(1), scores(1));
        assertThatThrownBy(() -> comparison.rate(1.1)).hasMessageContaining("not 1.1");
        assertThatThrownBy(() -> comparison.rate(-0.1)).hasMessageContaining("not -0.1");
        assertThatThrownBy(() -> comparison.curve(1, 0)).hasMessageContaining("1 step");
    }

    private static Map<String, Double> scores(double... values) {
        var scores = new HashMap<String, Double>();
        for (var i = 0; i < values.length; i++) {
            scores.put("task%02d".formatted(i), values[i]);
        }
        return scores;
    }
}
