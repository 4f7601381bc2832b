package org.xlstm4j.ops.norm;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A sum and its norm.
 *
 * @param sum    [rows, width]
 * @param normed [rows, width]
 */
public record NormedSum(SDVariable sum, SDVariable normed) {
}
