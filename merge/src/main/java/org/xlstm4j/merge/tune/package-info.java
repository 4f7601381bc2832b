/**
 * Tuning of merge coefficients: Arbiter searches the simplex for the λ of the highest score.
 * {@link org.xlstm4j.merge.tune.MergeTuning} runs a search;
 * the space and the generators serve anyone's own Arbiter configuration as well.
 */
package org.xlstm4j.merge.tune;
