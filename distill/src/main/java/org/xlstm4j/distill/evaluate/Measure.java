package org.xlstm4j.distill.evaluate;

/**
 * What was measured on a task.
 *
 * @param value         the value; NaN where it was not measured
 * @param standardError its standard error over items; NaN where there is none, as for a perplexity of one text
 */
public record Measure(double value, double standardError) {
}
