package org.xlstm4j.distill.corpus;

import java.util.List;

/**
 * What a stream has read since it was opened, up to the end of the block that its last batch comes from.
 *
 * @param documents     documents to learn from
 * @param tokens        their tokens
 * @param rows          rows they were packed to
 * @param rowTokens     tokens in those rows that are not padding: a document that was cut repeats one at each cut
 * @param rowWidth      tokens that a row has room for
 * @param cutDocuments  documents longer than a row
 * @param droppedPieces pieces of them in which no prediction counts
 * @param otherPart     documents in the other part of the split
 * @param withoutLoss   documents in which no prediction counts
 * @param corrupt       lines or texts that cannot be read
 * @param firstCorrupt  the first few of them: file, line and what is wrong
 * @param emptyFiles    files without any document
 * @param sources       the same by source
 */
public record CorpusReport(long documents, long tokens, long rows, long rowTokens, int rowWidth, long cutDocuments,
                           long droppedPieces, long otherPart, long withoutLoss, long corrupt,
                           List<String> firstCorrupt, long emptyFiles, List<OfSource> sources) {

    public CorpusReport {
        firstCorrupt = List.copyOf(firstCorrupt);
        sources = List.copyOf(sources);
    }

    /**
     * What a source gave.
     *
     * @param name      the source's name
     * @param documents documents to learn from
     * @param tokens    their tokens
     * @param passes    passes over it that have ended
     */
    public record OfSource(String name, long documents, long tokens, long passes) {
    }

    /** The share of tokens in the rows that are not padding; 1 if there are no rows. */
    public double density() {
        return rows == 0 ? 1 : rowTokens / ((double) rows * rowWidth);
    }

    /** Batches of so many rows that the rows fill. */
    public long batches(int batch) {
        return (rows + batch - 1) / batch;
    }
}
