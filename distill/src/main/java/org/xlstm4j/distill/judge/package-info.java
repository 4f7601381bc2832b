/**
 * Whether a student has lost anything of its teacher (arXiv 2603.15590, App. A), from scores made here or by
 * lm-evaluation-harness: {@link org.xlstm4j.distill.judge.Judge} judges {@link org.xlstm4j.distill.judge.ModelScores}.
 */
package org.xlstm4j.distill.judge;
