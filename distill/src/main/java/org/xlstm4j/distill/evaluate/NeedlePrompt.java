package org.xlstm4j.distill.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.xlstm4j.distill.data.Encoding;

/**
 * A needle's prompt, of exactly so many tokens: the begin token if there is one, sentences of the haystack with the
 * needle at the end of that one which is nearest to its depth, the last sentence cut short to fit, and the question.
 * Sentences, needle and question are encoded apart and joined.
 */
final class NeedlePrompt {
    private static final int MOST_EMPTY = 10_000;

    private NeedlePrompt() {
    }

    /** @throws IllegalArgumentException if the length leaves no room for needle and question */
    static int[] of(NeedleItem item, Encoding encoding) {
        var encoder = encoding.encoder();
        var begin = encoding.bosId() == Encoding.NO_BOS ? new int[0] : new int[] {encoding.bosId()};
        var needle = encoder.apply(" The secret number of " + item.key() + " is " + item.answer() + ".");
        var question = encoder.apply("\n\nWhat is the secret number of " + item.key()
                + "? The secret number of " + item.key() + " is");
        int room = item.length() - begin.length - needle.length - question.length;
        if (room < 0) {
            throw new IllegalArgumentException("a needle's prompt of " + item.length() + " tokens is too short: needle "
                    + "and question alone take " + (item.length() - room) + "; choose a greater length");
        }
        var hay = new ArrayList<int[]>();
        int place = fill(item, room, encoding, hay);
        hay.add(0, begin);
        hay.add(place + 1, needle);
        hay.add(question);
        return hay.stream().flatMapToInt(IntStream::of).toArray();
    }

    /** Adds sentences of {@code room} tokens, and tells before which of them the needle lies. */
    private static int fill(NeedleItem item, int room, Encoding encoding, List<int[]> hay) {
        var sentences = item.haystack().sentences();
        int place = 0;
        double nearest = item.depth() * room;
        int empty = 0;
        for (int tokens = 0; tokens < room; ) {
            var sentence = encoding.encoder().apply((hay.isEmpty() ? "" : " ") + sentences.next());
            var fitting = Arrays.copyOf(sentence, Math.min(sentence.length, room - tokens));
            empty = fitting.length == 0 ? empty + 1 : 0;
            if (empty == MOST_EMPTY) {
                throw new IllegalArgumentException("the tokenizer makes no tokens of the haystack; give other text");
            }
            hay.add(fitting);
            tokens += fitting.length;
            double distance = Math.abs(item.depth() * room - tokens);
            if (distance < nearest) {
                nearest = distance;
                place = hay.size();
            }
        }
        return place;
    }
}
