package org.xlstm4j.bench.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The order and the bookkeeping of the measuring, with scripts in place of models. */
@DisabledOnOs(OS.WINDOWS)
class InferenceBenchTest {
    private static final Plan PLAN = new Plan(List.of(4, 9), 2, 60, 2, 3, 1);

    @TempDir
    private Path folder;

    private final List<InferenceReport> reports = new ArrayList<>();

    /** Answers every request alike, and writes down who was asked for what. */
    private Contender script(Subject subject, int readUpTo, String beforeAnswer) {
        return new Contender(subject, List.of("sh", "-c", """
                echo '{"name":"script"}'
                while read request context rest; do
                  echo "$0 $request $context" >>"$1"
                  %s
                  echo '{"seconds":0.5,"tokens":[1,2,3],"peakBytes":1000}'
                done
                """.formatted(beforeAnswer), subject.text(), log().toString()), readUpTo);
    }

    private Path log() {
        return folder.resolve("log");
    }

    private InferenceReport run(Contender... contenders) throws IOException {
        return new InferenceBench(PLAN, 50, List.of(contenders), folder, new InferenceBench.Listener() {
            @Override
            public void next(int done, String what) {
                assertThat(done).isLessThan(InferenceBench.steps(PLAN, contenders.length));
            }

            @Override
            public void measured(InferenceReport report) {
                reports.add(report);
            }
        }).run();
    }

    @Test
    void modelsTakeTurns() throws IOException {
        var report = run(script(Subject.TEACHER, 9, ""), script(Subject.STUDENT, 9, ""));
        assertThat(report.complete()).isTrue();
        assertThat(report.points()).hasSize(4).allSatisfy(point -> {
            assertThat(point.failure()).isEmpty();
            assertThat(point.prefillSeconds()).containsExactly(0.5, 0.5);
            assertThat(point.decodeRates()).containsExactly(6.0, 6.0);
            assertThat(point.peakBytes()).isEqualTo(1000);
            assertThat(point.tokens()).startsWith(1, 2, 3, 1, 2, 3);
        });
        assertThat(report.together()).containsOnlyKeys(4, 9).containsEntry(9, List.of(6.0, 6.0));
        // After what has the code compiled.
        assertThat(Files.readAllLines(log()).subList(8, 18)).containsExactly(
                "teacher prefill 9", "teacher decode 3", "teacher memory ",
                "student prefill 9", "student decode 3", "student memory ",
                "teacher prefill 9", "student prefill 9", "teacher decode 3", "student decode 3");
        assertThat(reports).extracting(InferenceReport::complete).containsExactly(false, false, true);
        assertThat(reports.get(0).points()).hasSize(2);
        assertThat(Files.list(folder)).as("no state is left").containsExactly(log());
    }

    @Test
    void whatIsTooLongToBeReadIsFilled() throws IOException {
        var point = run(script(Subject.TEACHER, 8, "")).point(Subject.TEACHER, 9).orElseThrow();
        assertThat(Files.readAllLines(log())).containsOnlyOnce("teacher fill 9");
        assertThat(point.prefillSeconds()).isEmpty();
        assertThat(point.tokens()).isEmpty();
        assertThat(point.peakBytes()).isZero();
        assertThat(point.decodeRates()).hasSize(2);
    }

    @Test
    void theOthersGoOnWhereOneFails() throws IOException {
        var report = run(script(Subject.TEACHER, 9, ""), script(Subject.JLAMA, 9,
                "echo >&2; echo 'no memory left' >&2; exit 1"));
        assertThat(report.point(Subject.JLAMA, 9).orElseThrow().failure())
                .hasValue("the process has ended: no memory left");
        assertThat(report.point(Subject.TEACHER, 9).orElseThrow().failure()).isEmpty();
        assertThat(report.point(Subject.TEACHER, 9).orElseThrow().decodeRates()).hasSize(2);
    }

    @Test
    void aProcessThatDoesNotStartSaysWhy() throws IOException {
        var log = folder.resolve("worker.log");
        assertThatThrownBy(() -> new Worker(List.of("sh", "-c", "echo no such checkpoint >&2"), log))
                .isInstanceOf(IOException.class).hasMessage("the process has ended: no such checkpoint");
        assertThat(log).doesNotExist();
        assertThatThrownBy(() -> new Worker(List.of("sh", "-c", "echo '{\"error\":\"too small\"}'"), log))
                .isInstanceOf(IOException.class).hasMessage("too small");
    }
}
