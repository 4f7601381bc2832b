/**
 * Token embedding: rows of a table looked up by token id, with or without a gradient to the table.
 */
package org.xlstm4j.ops.embedding;
