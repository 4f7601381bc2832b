/**
 * What the operators' tests share: a graph that yields outputs and gradients, seeded arrays, comparison by relative
 * error, and the reader of the recorded reference values.
 */
package org.xlstm4j.ops.testing;
