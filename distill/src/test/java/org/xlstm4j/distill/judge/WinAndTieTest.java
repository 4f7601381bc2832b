package org.xlstm4j.distill.judge;

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
import org.xlstm4j.distill.evaluate.Split;

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

    /** Tables 5 and 6, whose text gives α* = 0.01. */
    @Test
    void equalsThePublishedComparisonOfOlmo() {
        var comparison = WinAndTie.of(
                scores(78.1, 80.7, 58.4, 56.7, 73.4, 66.4, 20.7, 19.0, 67.5, 32.9, 28.7, 50.6, 71.7),
                scores(77.9, 81.1, 57.8, 56.9, 72.8, 65.7, 17.7, 19.4, 56.6, 32.3, 27.4, 36.8, 52.4));

        assertThat(comparison.rate(0)).isEqualTo(3 / 13.0);
        assertThat(comparison.criticalAlpha()).isCloseTo(1 - 65.7 / 66.4, within(1e-12)).isCloseTo(0.01, within(0.005));
    }

    /** Table 7, whose text gives α* = 0.02: an even number of tasks, two ties, measures on scales of their own. */
    @Test
    void equalsThePublishedComparisonOfTheInstructedLlama() {
        var comparison = WinAndTie.of(
                scores(0.85, 0.51, 0.50, 0.19, 0.63, 0.57, 0.59, 0.69, 0.26, 0.28, 0.30, 0.32, 0.78, 5.08),
                scores(0.83, 0.54, 0.55, 0.22, 0.63, 0.56, 0.54, 0.66, 0.34, 0.27, 0.21, 0.20, 0.69, 6.05));

        assertThat(comparison.rate(0)).isEqualTo(6 / 14.0);
        assertThat(comparison.criticalAlpha()).isCloseTo(1 - 0.56 / 0.57, within(1e-12))
                .isCloseTo(0.02, within(0.005));
        assertThat(comparison.rate(0.02)).isEqualTo(0.5);
    }

    /** Table 7. The text's α* = 0.05 rests on more digits than are printed: 0.78 / 0.81 may be up to 0.049 short. */
    @Test
    void agreesWithThePublishedComparisonOfTheInstructedQwen() {
        var teacher = scores(0.90, 0.74, 0.74, 0.49, 0.81, 0.74, 0.61, 0.79, 0.41, 0.41, 0.34, 0.36, 0.74, 5.20);

        var comparison = WinAndTie.of(teacher,
                scores(0.90, 0.65, 0.66, 0.42, 0.78, 0.71, 0.63, 0.79, 0.42, 0.42, 0.26, 0.22, 0.67, 5.96));
        assertThat(comparison.rate(0)).isEqualTo(6 / 14.0);
        assertThat(comparison.criticalAlpha()).isCloseTo(1 - 0.78 / 0.81, within(1e-12));

        var other = WinAndTie.of(teacher,
                scores(0.53, 0.40, 0.39, 0.12, 0.62, 0.55, 0.49, 0.69, 0.18, 0.22, 0.22, 0.19, 0.59, 3.96));
        assertThat(other.rate(0)).isZero();
        assertThat(other.criticalAlpha()).isCloseTo(1 - 0.22 / 0.34, within(1e-12));
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
        "80.1, 72.09, 0.1, true",
        "12345678.9, 11111111.01, 0.1, true",
        "1e-9, 9e-10, 0.1, true",
        "1e-13, 0, 0, false",
        "1e-13, 0.89e-13, 0.1, false",
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
        var report = Reports.of("m", "aab", "aba");
        var tuning = report.only(Split.TUNING);

        assertThat(WinAndTie.of(report, report).rate(0)).isEqualTo(1);
        assertThat(WinAndTie.of(report.only(Split.TUNING), tuning).rate(0)).isEqualTo(1);
        assertThatThrownBy(() -> WinAndTie.of(report, tuning))
                .hasMessageContaining("different items of t: 3 of the split ALL and 2 of the split TUNING");
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
