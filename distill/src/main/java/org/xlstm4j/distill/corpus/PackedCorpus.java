package org.xlstm4j.distill.corpus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import org.xlstm4j.distill.corpus.CorpusReport.OfSource;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.DataCursor.SourcePlace;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.Fingerprint;
import org.xlstm4j.distill.data.PackingOptions;

/**
 * A corpus in batches: streamed as {@link org.xlstm4j.distill.data.PackedDataset} is, but never in memory as a whole.
 *
 * <p>The files of every source are read in an order of each pass's own, one document after another from the source that
 * is furthest behind its weight's share of the tokens, and gathered to blocks that are shuffled and packed by
 * themselves. The batches follow from the files, the options and the seed alone, not from the threads.
 */
public final class PackedCorpus {
    private final List<Source> sources;
    private final Encoding encoding;
    private final PackingOptions packing;
    private final StreamOptions options;
    /** Corrupt lines that were logged: the same data may be read more than once, to be counted, say. */
    private final Set<String> told;

    PackedCorpus(List<Source> sources, Encoding encoding, PackingOptions packing, StreamOptions options) {
        this(sources, encoding, packing, options, ConcurrentHashMap.newKeySet());
    }

    private PackedCorpus(List<Source> sources, Encoding encoding, PackingOptions packing, StreamOptions options,
                         Set<String> told) {
        this.sources = sources;
        this.encoding = encoding;
        this.packing = packing;
        this.options = options;
        this.told = told;
    }

    /** How rows and batches are made. */
    public PackingOptions packing() {
        return packing;
    }

    /** What is read, and how. */
    public StreamOptions options() {
        return options;
    }

    /** The same packed in another way. */
    public PackedCorpus withPacking(PackingOptions other) {
        return new PackedCorpus(sources, encoding, other, options, told);
    }

    /** The same read in another way. */
    public PackedCorpus withOptions(StreamOptions other) {
        return new PackedCorpus(sources, encoding, packing, other, told);
    }

    /**
     * The batches from a place on. What the encoding needs may be closed when the stream is.
     *
     * @param start {@link DataCursor#START} or the cursor of a stream of the same data, packing and options, of which
     *              limit and threads may differ
     * @throws IllegalArgumentException if the place belongs to other data or another packing
     * @throws UncheckedIOException     if a file cannot be found
     */
    public CorpusStream stream(DataCursor start) {
        try {
            return open(start);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private CorpusStream open(DataCursor start) throws IOException {
        var fingerprint = fingerprint();
        start.requireOf(fingerprint);
        var places = start.sources().isEmpty()
                ? sources.stream().map(source -> SourcePlace.START).toList() : start.sources();
        if (places.size() != sources.size()) {
            throw new IllegalArgumentException(
                    "the place is one in " + places.size() + " sources, not in " + sources.size());
        }
        var cursor = new DataCursor(fingerprint, start.block(), start.row(), places);
        var readers = readers(places);
        var background = new Background(options.threads(), threads -> blocks(readers, cursor, threads));
        return new CorpusStream(packing, background, cursor, new Tally(options.corrupt(), told).report(packing.time(),
                sources.stream().map(source -> new OfSource(source.name(), 0, 0, 0)).toList()));
    }

    /**
     * Reads all of one pass, and says what there is.
     *
     * @throws IOException as reading the stream would
     */
    public CorpusReport survey() throws IOException {
        try (var stream = withOptions(options.withEndless(false)).stream(DataCursor.START)) {
            while (stream.hasNext()) {
                stream.next();
            }
            return stream.report();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * What the files' names and sizes, the sources' names and weights, the packing and those options that the order
     * depends on are known by, 16 hexadecimal digits.
     */
    public String fingerprint() throws IOException {
        var fingerprint = new Fingerprint(packing).add(encoding.bosId(), encoding.eosId())
                .add(options.endless() + " " + options.heldOut() + " " + options.shuffleTokens());
        for (var source : sources) {
            fingerprint.add(source.name() + " " + source.weight());
            for (var file : source.files()) {
                fingerprint.add(file.getFileName() + " " + Files.size(file));
            }
        }
        return fingerprint.digits();
    }

    private List<SourceReader> readers(List<SourcePlace> places) throws IOException {
        var readers = new ArrayList<SourceReader>();
        for (var i = 0; i < sources.size(); i++) {
            readers.add(new SourceReader(sources.get(i), Seeds.derive(~packing.seed(), i), options.endless(),
                    places.get(i)));
        }
        return readers;
    }

    private BlockMaker blocks(List<SourceReader> readers, DataCursor cursor, ExecutorService threads) {
        var tally = new Tally(options.corrupt(), told);
        var encoder = new ChunkEncoder(encoding, packing, options.heldOut());
        var ahead = Math.max(2, 2 * options.threads() / sources.size());
        var feeds = new ArrayList<SourceFeed>();
        for (var i = 0; i < sources.size(); i++) {
            feeds.add(new SourceFeed(sources.get(i), readers.get(i), encoder, threads, ahead, tally,
                    cursor.sources().get(i)));
        }
        return new BlockMaker(feeds, packing, options, tally, cursor);
    }
}
