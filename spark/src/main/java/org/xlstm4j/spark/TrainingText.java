package org.xlstm4j.spark;

import java.util.List;
import java.util.Objects;
import org.xlstm4j.distill.corpus.Corpus;
import org.xlstm4j.distill.corpus.PackedCorpus;
import org.xlstm4j.distill.corpus.Source;
import org.xlstm4j.distill.corpus.StreamOptions;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.PackingOptions;

/**
 * Training text that every machine reads for itself, from the same files.
 *
 * @param sources where it is, at paths that all machines see
 * @param packing how rows and batches are made
 * @param reading what is read, and how
 */
public record TrainingText(List<Source> sources, PackingOptions packing, StreamOptions reading) {
    public TrainingText {
        sources = sources.stream().map(source -> new Source(source.name(), source.weight(),
                source.files().stream().map(file -> file.toAbsolutePath().normalize()).toList())).toList();
        Objects.requireNonNull(packing, "packing");
        Objects.requireNonNull(reading, "reading");
    }

    /** The same read in another way. */
    public TrainingText withReading(StreamOptions options) {
        return new TrainingText(sources, packing, options);
    }

    /** The text in batches. */
    PackedCorpus open(Encoding encoding) {
        return new Corpus(sources).packed(encoding, packing, reading);
    }
}
