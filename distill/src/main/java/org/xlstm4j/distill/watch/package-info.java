/**
 * Listeners of training: what they are told goes to the log ({@link org.xlstm4j.distill.watch.ScoreLog}), to a file of
 * statistics ({@link org.xlstm4j.distill.watch.StatsFile}) or to DL4J's training UI
 * ({@link org.xlstm4j.distill.watch.UiStats}).
 */
package org.xlstm4j.distill.watch;
