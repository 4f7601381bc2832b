package org.xlstm4j.distill.corpus;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.xlstm4j.distill.corpus.CorpusException.Reason;
import org.xlstm4j.distill.corpus.CorpusReport.OfSource;
import org.xlstm4j.distill.data.DataCursor.SourcePlace;

/**
 * A source's documents in their order: read here, tokenised a few chunks ahead by other threads. A failure comes where
 * it happened in the order, whoever met it first. For one thread.
 */
final class SourceFeed implements AutoCloseable {
    private final Source source;
    private final SourceReader reader;
    private final ChunkEncoder encoder;
    private final ExecutorService threads;
    private final int ahead;
    private final Tally tally;
    private final ArrayDeque<Future<Item.Chunk>> chunks = new ArrayDeque<>();
    private Iterator<Item> items = Collections.emptyIterator();
    private boolean isRead;
    private boolean passEnds;
    private Item.Usable next;
    private SourcePlace place;
    private boolean passBeganHere;
    private boolean isBarren;
    private long documentsOfPass;
    private long documents;
    private long tokens;
    private long passes;

    /**
     * @param ahead chunks that are tokenised ahead
     * @param place the first document
     */
    SourceFeed(Source source, SourceReader reader, ChunkEncoder encoder, ExecutorService threads, int ahead,
               Tally tally, SourcePlace place) {
        this.source = source;
        this.reader = reader;
        this.encoder = encoder;
        this.threads = threads;
        this.ahead = ahead;
        this.tally = tally;
        this.place = place;
        passBeganHere = place.file() == 0 && place.offset() == 0;
    }

    /** The next document to learn from, which stays the next; {@code null} at the end or if there is none at all. */
    Item.Usable peek() throws IOException, InterruptedException {
        while (next == null && !isBarren) {
            if (items.hasNext()) {
                var item = items.next();
                tally.count(item);
                next = item instanceof Item.Usable usable ? usable : null;
            } else {
                if (passEnds) {
                    endPass();
                }
                readAhead();
                if (chunks.isEmpty()) {
                    return null;
                }
                begin(chunk());
            }
        }
        return next;
    }

    /** Takes the next document. */
    Item.Usable take() throws IOException, InterruptedException {
        var taken = peek();
        var end = taken.end();
        place = new SourcePlace(end.pass(), end.file(), end.offset(), end.line(),
                place.tokens() + taken.tokens().length());
        documents++;
        documentsOfPass++;
        tokens += taken.tokens().length();
        next = null;
        return taken;
    }

    /** Whether a whole pass gave no document. */
    boolean isBarren() {
        return isBarren;
    }

    /** Fails for want of documents. */
    CorpusException barren() {
        return new CorpusException(Reason.NO_DOCUMENTS, source.name() + " has no document to learn from in its "
                + source.files().size() + " files, the first of them " + source.files().get(0)
                + ": name others, or hold another share out");
    }

    /** The place behind the document that was taken last. */
    SourcePlace place() {
        return place;
    }

    /** How far the source is with its share of a mixture. */
    double tokensByWeight() {
        return place.tokens() / source.weight();
    }

    OfSource report() {
        return new OfSource(source.name(), documents, tokens, passes);
    }

    private void begin(Item.Chunk chunk) {
        items = chunk.items().iterator();
        passEnds = chunk.passEnds();
        if (chunk.isEmpty()) {
            tally.countEmptyFile();
        }
    }

    private void endPass() throws CorpusException {
        passEnds = false;
        passes++;
        tally.requireFewCorrupt(true);
        isBarren = passBeganHere && documentsOfPass == 0;
        passBeganHere = true;
        documentsOfPass = 0;
    }

    private void readAhead() {
        while (!isRead && chunks.size() < ahead) {
            try {
                var raw = reader.next();
                if (raw == null) {
                    isRead = true;
                } else {
                    chunks.add(threads.submit(() -> encoder.encode(raw)));
                }
            } catch (IOException e) {
                chunks.add(CompletableFuture.failedFuture(e));
                isRead = true;
            }
        }
    }

    private Item.Chunk chunk() throws IOException, InterruptedException {
        try {
            return chunks.remove().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
