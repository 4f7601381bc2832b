package org.xlstm4j.distill.data;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What is packed as one segment: a document, or a part of one too long for a row.
 *
 * @param ids        the ids of the whole document
 * @param start      the first token of the piece
 * @param end        one past its last token
 * @param firstCount the first token of the document whose prediction counts in the loss
 */
record Piece(int[] ids, int start, int end, int firstCount) {

    /**
     * A document in pieces of at most {@code time} tokens. Each begins with the last token of the one before it, so
     * that every prediction of the document is made once.
     */
    static List<Piece> cut(Tokens document, PackingOptions options) {
        var ids = document.ids();
        var stride = options.time() - 1;
        var firstCount = options.answerOnly() ? document.answerStart() : 0;
        var pieces = Math.max(1, (ids.length - 2) / stride + 1);
        return IntStream.range(0, pieces)
                .map(piece -> piece * stride)
                .mapToObj(start -> new Piece(ids, start, Math.min(ids.length, start + options.time()), firstCount))
                .toList();
    }

    int length() {
        return end - start;
    }

    /** Whether any prediction within the piece counts in the loss. */
    boolean counts() {
        return length() > 1 && end > firstCount;
    }
}
