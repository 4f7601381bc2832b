/**
 * Softmax attention: full causal for teachers, sliding window with sinks for students, and one step over a cache.
 * Key and value heads may be fewer than query heads; queries see only keys of their own segment.
 */
package org.xlstm4j.ops.attention;
