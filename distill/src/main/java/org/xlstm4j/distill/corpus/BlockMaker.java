package org.xlstm4j.distill.corpus;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
    private final PackingOptions packing;
    private final long budget;
    private final Tally tally;
    private DataCursor cursor;

    /**
     * @param budget tokens in a block
     * @param cursor the block to begin with
     */
    BlockMaker(List<SourceFeed> feeds, PackingOptions packing, long budget, Tally tally, DataCursor cursor) {
        this.feeds = feeds;
        this.packing = packing;
        this.budget = budget;
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
            if (next == null || feeds.size() == 1 && pass >= 0 && next.end().pass() != pass) {
                break;
            }
            pass = next.end().pass();
            documents.add(feed.take().tokens());
            tokens += next.tokens().length();
        }
        return documents;
    }

    private SourceFeed furthestBehind() {
        var chosen = feeds.get(0);
        for (var feed : feeds) {
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
