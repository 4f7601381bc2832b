package org.xlstm4j.distill.corpus;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.PackingOptions;

/**
 * Training text in files: JSON lines with {@code text}, or with {@code prompt} and {@code answer}, and plain text, a
 * document a file, or a document each MiB of a longer one; plain or compressed by gzip or zstd.
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
     * The corpus in batches. The encoding must let several threads encode at once.
     *
     * @param encoding texts to tokens
     * @param packing  how rows and batches are made of them
     * @param options  what is read, and how
     */
    public PackedCorpus packed(Encoding encoding, PackingOptions packing, StreamOptions options) {
        return new PackedCorpus(sources, encoding, packing, options);
    }
}
