package org.xlstm4j.bench.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InferenceReportTest {
    private static final Plan PLAN = new Plan(List.of(300, 7, 7), 2, 60, 3, 8, 1);

    private static Point point(Subject subject, int context, Integer... tokens) {
        return new Point(subject, context, List.of(2.0, 1.0, 4.0), List.of(3.0, 5.0), 1 << 20, List.of(tokens),
                Optional.empty());
    }

    @Test
    void figuresAreMedians() {
        var point = point(Subject.TEACHER, 300);
        assertThat(point.firstTokenSeconds()).isEqualTo(2);
        assertThat(point.prefillRate()).isEqualTo(150);
        assertThat(point.decodeRate()).isEqualTo(4);
        assertThat(Point.median(List.of())).isNaN();
    }

    @Test
    void jsonHasEveryFigureThatThereIs() {
        var unread = new Point(Subject.STUDENT, 300, List.of(), List.of(), 0, List.of(), Optional.of("out of memory"));
        var report = new InferenceReport(PLAN, Map.of(Subject.STUDENT, "xlstm4j"),
                List.of(point(Subject.TEACHER, 300, 1, 2), unread), Map.of(7, List.of(1.5)), false);
        var json = new ObjectMapper().valueToTree(report.json());
        assertThat(json.path("format").asText()).isEqualTo("xlstm4j-inference-bench-1");
        assertThat(json.path("complete").asBoolean(true)).isFalse();
        assertThat(json.path("plan").path("contexts")).extracting(node -> node.asInt()).containsExactly(7, 300);
        assertThat(json.path("names").path("STUDENT").asText()).isEqualTo("xlstm4j");
        assertThat(json.path("studentInTurns").path("7").path(0).asDouble()).isEqualTo(1.5);
        assertThat(json.path("goals")).hasSize(6);
        var teacher = json.path("points").path(0);
        assertThat(teacher.path("model").asText()).isEqualTo("teacher");
        assertThat(teacher.path("promptRead").asBoolean()).isTrue();
        assertThat(teacher.path("prefillSeconds")).hasSize(3);
        assertThat(teacher.path("prefillTokensPerSecondMedian").asDouble()).isEqualTo(150);
        assertThat(teacher.path("peakBytes").asLong()).isEqualTo(1 << 20);
        var student = json.path("points").path(1);
        assertThat(student.path("promptRead").asBoolean(true)).isFalse();
        assertThat(student.path("failure").asText()).isEqualTo("out of memory");
        assertThat(student.has("peakBytes")).isFalse();
        assertThat(student.has("decodeTokensPerSecondMedian")).isFalse();
    }

    @Test
    void agreementEndsWhereTokensPart() {
        var report = new InferenceReport(PLAN, Map.of(), List.of(
                point(Subject.TEACHER, 7, 1, 2, 3, 4), point(Subject.JLAMA, 7, 1, 2, 9, 4),
                point(Subject.TEACHER, 300, 5, 6, 7), point(Subject.JLAMA, 300, 5, 6)), Map.of(), true);
        assertThat(report.agreement()).hasValue(new InferenceReport.Agreement(4, 6));
        assertThat(new InferenceReport(PLAN, Map.of(), List.of(point(Subject.TEACHER, 7, 1)), Map.of(), true)
                .agreement()).isEmpty();
    }

    @Test
    void aPlanMeasuresSomething() {
        assertThat(PLAN.newTokens()).isEqualTo(32);
        assertThat(PLAN.positions()).isEqualTo(332);
        assertThat(PLAN.prompt(7, 3)).hasSize(7).isEqualTo(PLAN.prompt(7, 3));
        assertThat(PLAN.prompt(99, 3)).containsOnly(0, 1, 2);
        assertThatIllegalArgumentException().isThrownBy(() -> new Plan(List.of(), 1, 1, 1, 1, 1))
                .withMessageContaining("contexts");
        assertThatIllegalArgumentException().isThrownBy(() -> new Plan(List.of(0), 1, 1, 1, 1, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Plan(List.of(1), 1, 1, 0, 1, 1))
                .withMessageContaining("were 1, 0 and 1");
        assertThatIllegalArgumentException().isThrownBy(() -> new Plan(List.of(1), 1, Double.NaN, 1, 1, 1));
    }
}
