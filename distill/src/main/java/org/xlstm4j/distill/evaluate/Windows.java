package org.xlstm4j.distill.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.xlstm4j.distill.data.Tokens;

/**
 * A text longer than what a model may read at once, in windows, as lm-evaluation-harness rolls them: every token is
 * predicted once. The first window begins with the begin token; each later one with the last token of the window
 * before it, but the last window goes back as far as it may, so that it has as much context as there is room for.
 */
final class Windows {

    private Windows() {
    }

    /**
     * Sequences of at most {@code window + 1} tokens, for the last of each is predicted and need not be read; those
     * before the first that counts are context.
     *
     * @param begin  the token that stands before the text
     * @param text   the text's tokens
     * @param window the most tokens to read at once
     */
    static List<Tokens> of(int begin, int[] text, int window) {
        var ids = new int[text.length + 1];
        ids[0] = begin;
        System.arraycopy(text, 0, ids, 1, text.length);
        var windows = new ArrayList<Tokens>();
        for (int done = 0; done < text.length; ) {
            int end = Math.min(text.length, done + window);
            int from = Math.max(0, end - window);
            // Token i of the text is ids[i + 1].
            windows.add(new Tokens(Arrays.copyOfRange(ids, from, end + 1), done + 1 - from));
            done = end;
        }
        return windows;
    }
}
