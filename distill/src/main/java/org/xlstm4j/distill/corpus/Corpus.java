package org.xlstm4j.distill.corpus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import org.xlstm4j.distill.corpus.CorpusReport.OfSource;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.DataCursor.SourcePlace;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.Fingerprint;
import org.xlstm4j.distill.data.PackingOptions;

/**
 * Training text in files: JSON lines with {@code text}, or with {@code prompt} and {@code answer}, and plain text, a
 * document a file; plain or compressed by gzip or zstd.
 *
 * <p>A stream reads the files of every source in an order of each pass's own, one document after another from the
 * source that is furthest behind its weight's share of the tokens, and gathers them to blocks that are shuffled and
 * packed by themselves. The order follows from the files, the options and the seed alone.
 */
public final class Corpus {
    private final List<Source> sources;

    /**
     * A corpus of sources, mixed by their weights.
     *
     * @throws IllegalArgumentException if there are none, or two of a name
     */
    public Corpus(List<Source> sources) {
        this.sources = List.copyOf(sources);
        if (sources.isEmpty()) {
            throw new IllegalArgumentException("a corpus needs a source");
        }
        var names = new HashSet<String>();
        for (var source : sources) {
            if (!names.add(source.name())) {
                throw new IllegalArgumentException("there are two sources named " + source.name());
            }
        }
    }

    /**
     * A corpus of one source.
     *
     * @param places files, folders and globs, as {@link Source#of} takes them
     */
    public static Corpus of(List<String> places) throws IOException {
        return new Corpus(List.of(Source.of("data", 1, places)));
    }

    /**
     * A corpus as a text describes it, such as {@code math:0.5=dirA,code:0.5=dirB}: names, weights (1 if left out) and
     * places, as {@link Source#of} takes them.
     *
     * @throws IllegalArgumentException if the text does not describe a mixture
     */
    public static Corpus mixture(String text) throws IOException {
        return new Corpus(Mixture.parse(text));
    }

    /** The sources. */
    public List<Source> sources() {
        return sources;
    }

    /**
     * The batches from a place on. The encoding must let several threads encode at once; it may be closed when the
     * stream is.
     *
     * @param start {@link DataCursor#START} or the cursor of a stream of the same data, packing and options, of which
     *              limit and threads may differ
     * @throws IllegalArgumentException if the place belongs to other data or another packing
     * @throws IOException              if a file cannot be found
     */
    public CorpusStream stream(Encoding encoding, PackingOptions packing, StreamOptions options, DataCursor start)
            throws IOException {
        var fingerprint = fingerprint(encoding, packing, options);
        start.requireOf(fingerprint);
        var places = start.sources().isEmpty()
                ? sources.stream().map(source -> SourcePlace.START).toList() : start.sources();
        if (places.size() != sources.size()) {
            throw new IllegalArgumentException(
                    "the place is one in " + places.size() + " sources, not in " + sources.size());
        }
        var cursor = new DataCursor(fingerprint, start.block(), start.row(), places);
        var readers = readers(packing, options, places);
        var background = new Background(options.threads(),
                threads -> blocks(encoding, packing, options, readers, cursor, threads));
        return new CorpusStream(packing, background, cursor, new Tally(options.corrupt()).report(packing.time(),
                sources.stream().map(source -> new OfSource(source.name(), 0, 0, 0)).toList()));
    }

    /**
     * Reads all of one pass, and says what there is.
     *
     * @throws IOException as reading the stream would
     */
    public CorpusReport survey(Encoding encoding, PackingOptions packing, StreamOptions options) throws IOException {
        try (var stream = stream(encoding, packing, options.withEndless(false), DataCursor.START)) {
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
    public String fingerprint(Encoding encoding, PackingOptions packing, StreamOptions options) throws IOException {
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

    private List<SourceReader> readers(PackingOptions packing, StreamOptions options, List<SourcePlace> places)
            throws IOException {
        var readers = new ArrayList<SourceReader>();
        for (var i = 0; i < sources.size(); i++) {
            readers.add(new SourceReader(sources.get(i), Seeds.derive(~packing.seed(), i), options.endless(),
                    places.get(i)));
        }
        return readers;
    }

    private BlockMaker blocks(Encoding encoding, PackingOptions packing, StreamOptions options,
                              List<SourceReader> readers, DataCursor cursor, ExecutorService threads) {
        var tally = new Tally(options.corrupt());
        var encoder = new ChunkEncoder(encoding, packing, options.heldOut());
        var ahead = Math.max(2, 2 * options.threads() / sources.size());
        var feeds = new ArrayList<SourceFeed>();
        for (var i = 0; i < sources.size(); i++) {
            feeds.add(new SourceFeed(sources.get(i), readers.get(i), encoder, threads, ahead, tally,
                    cursor.sources().get(i)));
        }
        return new BlockMaker(feeds, packing, options.shuffleTokens(), tally, cursor);
    }
}
