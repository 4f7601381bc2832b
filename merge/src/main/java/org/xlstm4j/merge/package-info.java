/**
 * Merging: experts distilled from the same start become one model, parameter by parameter.
 * {@link org.xlstm4j.merge.Merge} merges parameters in memory and checkpoints on disk;
 * a {@link org.xlstm4j.merge.MergeMethod} says how one tensor comes out of several.
 */
package org.xlstm4j.merge;
