package org.xlstm4j.distill.train;

import java.util.Optional;

/**
 * How training ended.
 *
 * @param steps        steps done, those passed over included
 * @param tokens       tokens read for them
 * @param skipped      steps passed over
 * @param best         the measurement with the lowest held-out KL, if there was any
 * @param stoppedEarly whether patience ended it
 */
public record TrainingResult(int steps, long tokens, int skipped, Optional<HeldOutLoss> best, boolean stoppedEarly) {
}
