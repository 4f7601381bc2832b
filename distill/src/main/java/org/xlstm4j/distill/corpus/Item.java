package org.xlstm4j.distill.corpus;

import java.util.List;
import org.xlstm4j.distill.data.DataCursor.SourcePlace;
import org.xlstm4j.distill.data.Tokens;

/** What became of a record. */
sealed interface Item {

    /**
     * A document to learn from.
     *
     * @param end the place behind it; its tokens are still to be counted
     */
    record Usable(Tokens tokens, SourcePlace end) implements Item {
    }

    /** A document in the other part of the split. */
    record OtherPart() implements Item {
    }

    /** A document in which no prediction counts. */
    record WithoutLoss() implements Item {
    }

    /**
     * A record that cannot be read.
     *
     * @param problem file, line and what is wrong
     */
    record Corrupt(String problem) implements Item {
    }

    /** A document at which the tokenizer failed. */
    record Failed(CorpusException cause) implements Item {
    }

    /**
     * What became of the records of a chunk.
     *
     * @param isEmpty  whether its file turned out to have no records
     * @param passEnds whether the source's pass ends with it
     */
    record Chunk(List<Item> items, boolean isEmpty, boolean passEnds) {
    }
}
