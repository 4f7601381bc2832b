/**
 * Listeners of training: what they are told goes to the log ({@link org.xlstm4j.distill.watch.ScoreLog}) or to a file
 * of statistics ({@link org.xlstm4j.distill.watch.StatsFile}).
 */
package org.xlstm4j.distill.watch;
