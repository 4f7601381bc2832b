/**
 * Training text in files, more of it than fits in memory, streamed as packed batches: {@link
 * org.xlstm4j.distill.corpus.Corpus} finds the files, mixes sources by weight, holds a part out, reads and tokenises in
 * the background, and shuffles and packs block by block.
 */
package org.xlstm4j.distill.corpus;
