package org.xlstm4j.distill.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Pattern;

/**
 * The text that a needle is hidden in, sentence by sentence without end.
 *
 * @param text sentences to take, from one that the seed chooses on, again and again; empty for sentences made by rule
 * @param seed which it begins with, or which are made
 */
public record Haystack(String text, long seed) {
    private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?])\\s+|\\s*\\R\\s*");
    private static final List<String> WHO = List.of("The old miller", "A tired clerk", "The river guide",
            "Her neighbour", "The night watch", "A young painter", "The baker", "Our teacher", "The ship's cook", "A quiet student");
    private static final List<String> DID = List.of("carried", "painted", "counted", "forgot", "mended", "sold",
            "washed", "described", "found", "kept");
    private static final List<String> WHAT = List.of("a wooden boat", "the blue door", "two warm loaves",
            "the long letter", "a broken clock", "the winter coats", "a bag of apples", "the garden wall", "an empty bottle",
            "the small bridge");
    private static final List<String> WHEN = List.of("before the rain", "in early spring", "at the market",
            "after supper", "on the way home", "without a word", "for a friend", "near the station", "last summer",
            "once again");

    public Haystack {
        Objects.requireNonNull(text, "text");
    }

    /** What the haystack is known by. */
    String digest() {
        return (text.isEmpty() ? "rule" : Digest.of(text)) + "/" + seed;
    }

    /** Its sentences in order. */
    Sentences sentences() {
        var random = new Random(seed);
        if (text.isEmpty()) {
            return () -> pick(WHO, random) + " " + pick(DID, random) + " " + pick(WHAT, random) + " "
                    + pick(WHEN, random) + ".";
        }
        var sentences = new ArrayList<String>();
        SENTENCE_END.splitAsStream(text.strip()).filter(sentence -> !sentence.isBlank()).forEach(sentences::add);
        if (sentences.isEmpty()) {
            throw new IllegalArgumentException("the text of the haystack is blank");
        }
        int first = random.nextInt(sentences.size());
        var turn = new int[1];
        return () -> sentences.get((first + turn[0]++) % sentences.size());
    }

    /** Gives one sentence after another. */
    @FunctionalInterface
    interface Sentences {
        String next();
    }

    private static String pick(List<String> words, Random random) {
        return words.get(random.nextInt(words.size()));
    }
}
