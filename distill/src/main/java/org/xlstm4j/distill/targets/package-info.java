/**
 * What a teacher says of every token, computed once and kept: packed tokens with the teacher's top-k ids and
 * log-probabilities in one self-describing, compact file. {@link org.xlstm4j.distill.targets.Capture} writes it,
 * {@link org.xlstm4j.distill.targets.TargetStore} reads it.
 */
package org.xlstm4j.distill.targets;
