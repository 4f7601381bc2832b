package org.xlstm4j.generate;

import java.util.regex.Pattern;

/**
 * Cuts a text, as it comes, between what readers take for characters (Unicode's extended grapheme clusters, UAX 29):
 * letters stay with their accents, flags and families of emoji in one. So the last character waits for the next.
 */
final class WholeCharacters {
    private static final Pattern CHARACTER = Pattern.compile("\\X");
    /** Longer ones are cut: Unicode's stream-safe text has at most 30 marks in a row (UAX 15). */
    private static final int LONGEST = 64;

    private String held = "";

    /** Takes more text, and returns the characters that are whole. */
    String add(String text) {
        if (text.isEmpty()) {
            return "";
        }
        var all = held + text;
        int cut = 0;
        for (var character = CHARACTER.matcher(all); character.find(); ) {
            cut = character.start();
        }
        if (all.length() - cut > LONGEST || endsLine(all)) {
            cut = all.length();
        }
        held = all.substring(cut);
        return all.substring(0, cut);
    }

    /** Nothing joins what ends a line, but a line feed the carriage return before it. */
    private static boolean endsLine(String text) {
        return text.charAt(text.length() - 1) == '\n';
    }

    /** The last character, now that nothing follows it. */
    String end() {
        var last = held;
        held = "";
        return last;
    }
}
