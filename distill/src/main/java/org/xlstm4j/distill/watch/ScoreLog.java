package org.xlstm4j.distill.watch;

import java.time.Duration;
import java.util.Locale;
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
    private long start = System.nanoTime();
    private int stepsBefore;
    private long tokensBefore;

    /** @param every steps between lines */
    public ScoreLog(int every) {
        if (every < 1) {
            throw new IllegalArgumentException("there must be at least 1 step between lines, not " + every);
        }
        this.every = every;
    }

    @Override
    public void resumed(int step) {
        LOG.info("going on after step {}", step);
        stepsBefore = step;
        start = System.nanoTime();
    }

    @Override
    public void stepDone(TrainingProgress progress) {
        if (progress.step() == stepsBefore + 1) {
            // The first step builds what the others use: it does not count for the speed.
            stepsBefore = progress.step();
            tokensBefore = progress.tokens();
            start = System.nanoTime();
        }
        if (progress.step() % every == 0 && progress.step() > stepsBefore) {
            double seconds = (System.nanoTime() - start) / 1e9;
            double perStep = seconds / (progress.step() - stepsBefore);
            var left = Duration.ofSeconds(Math.round(perStep * (progress.steps() - progress.step())));
            LOG.info("step {}/{}: loss {}, gradient {}, rate {}, {} tokens/s, {} left", progress.step(),
                    progress.steps(), number(progress.loss()), number(progress.gradientNorm()),
                    number(progress.learningRate()), Math.round((progress.tokens() - tokensBefore) / seconds), left);
        }
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }

    @Override
    public void stepSkipped(SkippedStep skipped) {
        LOG.warn("step {} was passed over: its loss is {} and its gradient's norm {}, at {}", skipped.step(),
                skipped.loss(), skipped.norm(), skipped.place());
    }

    @Override
    public void evaluated(HeldOutLoss loss) {
        LOG.info("step {}: held-out cross-entropy {}, KL {}", loss.step(), number(loss.crossEntropy()),
                number(loss.kl()));
    }

    @Override
    public void checkpointing(int step) {
        LOG.info("step {}: writing a checkpoint", step);
    }
}
