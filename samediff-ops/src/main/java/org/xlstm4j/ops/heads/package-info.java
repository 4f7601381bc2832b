/**
 * The two ways in which several heads lie in an array: side by side in the rows of tokens, as operators take them, and
 * as an axis of their own, as stock SameDiff ops need them.
 */
package org.xlstm4j.ops.heads;
