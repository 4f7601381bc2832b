package org.xlstm4j.distill.targets;

import org.xlstm4j.distill.data.PackedBatch;

/**
 * A batch with its teacher's targets.
 *
 * @param tokens           the packed rows
 * @param ids              the teacher's likeliest ids, [batch · time · k], likeliest first
 * @param logProbabilities the teacher's log-probabilities at these ids, [batch · time · k]
 */
public record TargetBatch(PackedBatch tokens, int[] ids, float[] logProbabilities) {
}
