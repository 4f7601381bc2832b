package org.xlstm4j.spark;

import java.nio.file.Path;

/**
 * An expert that was trained.
 *
 * @param folder its checkpoint
 * @param steps  steps done
 * @param tokens tokens read for them
 * @param loss   of the last step; NaN if an earlier run did all steps
 */
public record TrainedExpert(Path folder, int steps, long tokens, double loss) {
}
