package org.xlstm4j.distill.corpus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Text of one kind, and its share in a mixture.
 *
 * @param name   what to call it
 * @param weight its share of the tokens, relative to the other sources' weights
 * @param files  its files, in an order that stays
 */
public record Source(String name, double weight, List<Path> files) {

    public Source {
        Objects.requireNonNull(name, "name");
        requireWeight(name, weight);
        files = List.copyOf(files);
        if (files.isEmpty()) {
            throw new IllegalArgumentException("the source " + name + " has no files");
        }
    }

    /**
     * A source of the files at some places. A place is a file, of any name; a folder, of which the files below it with
     * names like {@code x.jsonl}, {@code x.ndjson}, {@code x.json}, {@code x.txt}, {@code x.text} or {@code x.md} are
     * taken, each also with {@code .gz} or {@code .zst} behind; or a glob, such as {@code data/**}{@code /*.jsonl.gz}.
     *
     * @throws CorpusException          if there is no file at a place
     * @throws IllegalArgumentException if the weight is not a number above 0
     */
    public static Source of(String name, double weight, List<String> places) throws IOException {
        requireWeight(name, weight);
        return new Source(name, weight, FileFinder.find(places));
    }

    private static void requireWeight(String name, double weight) {
        if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the weight of " + name + " must be above 0, was " + weight);
        }
    }
}
