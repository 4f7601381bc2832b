package org.xlstm4j.distill.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xlstm4j.distill.corpus.CorpusException.Reason;
import org.xlstm4j.distill.corpus.CorpusReport.OfSource;
import org.xlstm4j.distill.data.Epoch;
import org.xlstm4j.distill.data.PackedDataset;

/** Counts what is read, and stops when too much of it is corrupt. */
final class Tally {
    private static final Logger LOG = LoggerFactory.getLogger(Tally.class);
    private static final int MOST_REPORTED = 5;

    private final CorruptLimit limit;
    private final Set<String> told;
    private final List<String> firstCorrupt = new ArrayList<>();
    private long records;
    private long corrupt;
    private long otherPart;
    private long withoutLoss;
    private long emptyFiles;
    private long rows;
    private long rowTokens;
    private long cutDocuments;
    private long droppedPieces;

    /** @param told what was logged of the same data, and is not again */
    Tally(CorruptLimit limit, Set<String> told) {
        this.limit = limit;
        this.told = told;
    }

    void count(Item item) throws CorpusException {
        records++;
        if (item instanceof Item.OtherPart) {
            otherPart++;
        } else if (item instanceof Item.WithoutLoss) {
            withoutLoss++;
        } else if (item instanceof Item.Corrupt line) {
            corrupt++;
            if (corrupt <= MOST_REPORTED) {
                firstCorrupt.add(line.problem());
                log(line.problem());
            }
            requireFewCorrupt(false);
        } else if (item instanceof Item.Failed failed) {
            throw failed.cause();
        }
    }

    private void log(String problem) {
        if (told.add(problem)) {
            LOG.warn("{}", problem);
        }
    }

    /** The share that is judged once a pass has ended. */
    void requireFewCorrupt(boolean passEnds) throws CorpusException {
        if (limit.isExceeded(corrupt, records, passEnds)) {
            throw new CorpusException(Reason.TOO_MANY_CORRUPT, firstCorrupt.get(0) + "; " + corrupt + " of " + records
                    + " lines cannot be read, more than the " + limit + " allowed: mend them or allow more");
        }
    }

    void countEmptyFile() {
        emptyFiles++;
    }

    void count(PackedDataset block, Epoch packed) {
        rows += packed.rows();
        rowTokens += packed.tokens();
        cutDocuments += block.cutDocuments();
        droppedPieces += block.droppedPieces();
    }

    CorpusReport report(int rowWidth, List<OfSource> sources) {
        return new CorpusReport(sources.stream().mapToLong(OfSource::documents).sum(),
                sources.stream().mapToLong(OfSource::tokens).sum(), rows, rowTokens, rowWidth, cutDocuments,
                droppedPieces, otherPart, withoutLoss, corrupt, firstCorrupt, emptyFiles, sources);
    }
}
