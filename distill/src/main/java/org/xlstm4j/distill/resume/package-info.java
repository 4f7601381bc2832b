/**
 * What training goes on from after a crash, exactly: whole checkpoints of weights, optimiser and place in the data,
 * written in the background. {@link org.xlstm4j.distill.resume.TrainingCheckpoints} is the entry point.
 */
package org.xlstm4j.distill.resume;
