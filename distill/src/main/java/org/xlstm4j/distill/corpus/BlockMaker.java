package org.xlstm4j.distill.corpus;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.xlstm4j.distill.corpus.HeldOut.Part;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.DataCursor.SourcePlace;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.data.Tokens;

/**
 * Gathers documents to blocks: each document from the source that is furthest behind its share of all tokens so far. A
 * block ends with its budget of tokens and, of a single source, with a pass over it, so that each document occurs once
 * a pass. It is shuffled by a seed of its own.
 */
final class BlockMaker implements AutoCloseable {
    private final List<SourceFeed> feeds;
    private final List<SourceFeed> mixed;
    private final Part part;
    private final PackingOptions packing;
    private final long budget;
    private final Tally tally;
    private DataCursor cursor;

    /**
     * @param options which part is read, and how large a block is
     * @param cursor  the block to begin with
     */
    BlockMaker(List<SourceFeed> feeds, PackingOptions packing, StreamOptions options, Tally tally,
               DataCursor cursor) {
        this.feeds = feeds;
        this.mixed = new ArrayList<>(feeds);
        this.packing = packing;
        this.part = options.heldOut().part();
        this.budget = options.shuffleTokens();
        this.tally = tally;
        this.cursor = new DataCursor(cursor.data(), cursor.block(), 0, places());
    }

    Handover next() throws IOException, InterruptedException {
        var documents = gather();
        if (documents.isEmpty()) {
            return new Handover.End(report());
        }
        var dataset = new PackedDataset(documents, packing.withSeed(Seeds.derive(packing.seed(), cursor.block())));
        var rows = dataset.epoch(0);
        tally.count(dataset, rows);
        var begin = cursor;
        cursor = new DataCursor(begin.data(), begin.block() + 1, 0, places());
        return new Handover.Block(begin, cursor, rows, report());
    }

    private List<Tokens> gather() throws IOException, InterruptedException {
        var documents = new ArrayList<Tokens>();
        var pass = -1;
        for (long tokens = 0; tokens < budget; ) {
            var feed = furthestBehind();
            var next = feed.peek();
            if (feed.isBarren()) {
                leaveOut(feed);
                continue;
            }
            if (next == null || feeds.size() == 1 && pass >= 0 && next.end().pass() != pass) {
                break;
            }
            pass = next.end().pass();
            documents.add(feed.take().tokens());
            tokens += next.tokens().length();
        }
        return documents;
    }

    /** A small source may have nothing in what is held out, but must have something to train on. */
    private void leaveOut(SourceFeed barren) throws CorpusException {
        mixed.remove(barren);
        if (part == Part.TRAINING || mixed.isEmpty()) {
            throw barren.barren();
        }
    }

    private SourceFeed furthestBehind() {
        var chosen = mixed.get(0);
        for (var feed : mixed) {
            chosen = feed.tokensByWeight() < chosen.tokensByWeight() ? feed : chosen;
        }
        return chosen;
    }

    private List<SourcePlace> places() {
        return feeds.stream().map(SourceFeed::place).toList();
    }

    private CorpusReport report() {
        return tally.report(packing.time(), feeds.stream().map(SourceFeed::report).toList());
    }

    @Override
    public void close() throws IOException {
        for (var feed : feeds) {
            feed.close();
        }
    }
}
