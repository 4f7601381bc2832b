package org.xlstm4j.distill.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.event.EventRecodingLogger;
import org.slf4j.event.SubstituteLoggingEvent;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.SubstituteLogger;
import org.xlstm4j.distill.train.HeldOutLoss;
import org.xlstm4j.distill.train.SkippedStep;
import org.xlstm4j.distill.train.TrainingProgress;

class ScoreLogTest {
    private final Queue<SubstituteLoggingEvent> events = new ArrayDeque<>();
    private final Logger logger = new EventRecodingLogger(new SubstituteLogger("log", events, false), events);
    private long nanos = 1_000_000_000_000L;

    private List<String> lines() {
        return events.stream().map(event -> event.getLevel() + " "
                + MessageFormatter.arrayFormat(event.getMessage(), event.getArgumentArray()).getMessage()).toList();
    }

    private ScoreLog log(int every) {
        return new ScoreLog(every, logger, () -> nanos);
    }

    /** A step that took so many seconds, of 300 tokens. */
    private void step(ScoreLog log, int step, int seconds) {
        nanos += seconds * 1_000_000_000L;
        log.stepDone(new TrainingProgress(step, 100, 300L * step, 2.34567, 3e-4, 0.5));
    }

    @Test
    void speedAndTimeLeftLeaveOutTheFirstStep() {
        var log = log(4);
        step(log, 1, 1000);
        for (int step = 2; step <= 8; step++) {
            step(log, step, 3);
        }
        assertThat(lines()).containsExactly(
                "INFO step 4/100: loss 2.346, gradient 0.5000, rate 0.0003000, 100 tokens/s, PT4M48S left",
                "INFO step 8/100: loss 2.346, gradient 0.5000, rate 0.0003000, 100 tokens/s, PT4M36S left");
    }

    @Test
    void trainingThatIsGoneOnWithCountsItsOwnStepsAlone() {
        var log = log(5);
        log.resumed(41);
        step(log, 42, 500);
        for (int step = 43; step <= 45; step++) {
            step(log, step, 1);
        }
        assertThat(lines()).containsExactly("INFO going on after step 41",
                "INFO step 45/100: loss 2.346, gradient 0.5000, rate 0.0003000, 300 tokens/s, PT55S left");
    }

    @Test
    void whatIsOutOfTheOrdinaryIsToldAtOnce() {
        var log = log(1000);
        log.stepSkipped(new SkippedStep(7, "{\"epoch\":0,\"batch\":6}", Double.NaN, Double.POSITIVE_INFINITY, 1, 2));
        log.evaluated(new HeldOutLoss(8, 1.5, 0.03125));
        log.checkpointing(9);
        assertThat(lines()).containsExactly(
                "WARN step 7 was passed over: its loss is NaN and its gradient's norm Infinity, at"
                        + " {\"epoch\":0,\"batch\":6}",
                "INFO step 8: held-out cross-entropy 1.500, KL 0.03125", "INFO step 9: writing a checkpoint");
    }

    @Test
    void thereIsAtLeastAStepBetweenLines() {
        assertThatIllegalArgumentException().isThrownBy(() -> new ScoreLog(0)).withMessageContaining("not 0");
    }
}
