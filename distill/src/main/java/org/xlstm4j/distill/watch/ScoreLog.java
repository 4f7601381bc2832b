package org.xlstm4j.distill.watch;

import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xlstm4j.distill.train.HeldOutLoss;
import org.xlstm4j.distill.train.SkippedStep;
import org.xlstm4j.distill.train.TrainingListener;
import org.xlstm4j.distill.train.TrainingProgress;

/** Logs loss, speed and the time that is left, every so many steps, and everything out of the ordinary. */
public final class ScoreLog implements TrainingListener {
    private static final Logger LOG = LoggerFactory.getLogger(ScoreLog.class);

    private final int every;
    private final Logger log;
    private final LongSupplier nanoTime;
    private Start start;

    /** What had been done when speed began to count. */
    private record Start(long nanos, int step, long tokens) {
    }

    /** @param every steps between lines */
    public ScoreLog(int every) {
        this(every, LOG, System::nanoTime);
    }

    ScoreLog(int every, Logger log, LongSupplier nanoTime) {
        if (every < 1) {
            throw new IllegalArgumentException("there must be at least 1 step between lines, not " + every);
        }
        this.every = every;
        this.log = log;
        this.nanoTime = nanoTime;
    }

    @Override
    public void resumed(int step) {
        log.info("going on after step {}", step);
        start = null;
    }

    @Override
    public void stepDone(TrainingProgress progress) {
        if (start == null) {
            // The first step builds what the others use: it does not count for the speed.
            start = new Start(nanoTime.getAsLong(), progress.step(), progress.tokens());
        } else if (progress.step() % every == 0) {
            double seconds = (nanoTime.getAsLong() - start.nanos()) / 1e9;
            double perStep = seconds / (progress.step() - start.step());
            var left = Duration.ofSeconds(Math.round(perStep * (progress.steps() - progress.step())));
            log.info("step {}/{}: loss {}, gradient {}, rate {}, {} tokens/s, {} left", progress.step(),
                    progress.steps(), number(progress.loss()), number(progress.gradientNorm()),
                    number(progress.learningRate()), Math.round((progress.tokens() - start.tokens()) / seconds), left);
        }
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }

    @Override
    public void stepSkipped(SkippedStep skipped) {
        log.warn("step {} was passed over: its loss is {} and its gradient's norm {}, at {}", skipped.step(),
                skipped.loss(), skipped.norm(), skipped.place());
    }

    @Override
    public void evaluated(HeldOutLoss loss) {
        log.info("step {}: held-out cross-entropy {}, KL {}", loss.step(), number(loss.crossEntropy()),
                number(loss.kl()));
    }

    @Override
    public void checkpointing(int step) {
        log.info("step {}: writing a checkpoint", step);
    }
}
