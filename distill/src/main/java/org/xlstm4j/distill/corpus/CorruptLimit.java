package org.xlstm4j.distill.corpus;

import java.util.Locale;

/**
 * How much of the data may be corrupt before a stream stops: so many lines, or such a share of them. A share is judged
 * of at least {@value #FEWEST_JUDGED} lines while reading, and of all that there were when a pass over a source ends.
 *
 * @param lines corrupt lines that are let pass
 * @param share share of corrupt lines that is let pass, below 1; 0 if lines are counted
 */
public record CorruptLimit(long lines, double share) {
    /** One line in a thousand. */
    public static final CorruptLimit DEFAULT = new CorruptLimit(0, 0.001);
    private static final int FEWEST_JUDGED = 10_000;

    public CorruptLimit {
        if (lines < 0 || !(share >= 0 && share < 1) || lines > 0 && share > 0) {
            throw new IllegalArgumentException("corrupt lines are limited to a number from 0 or a share from 0 to below"
                    + " 1, not " + lines + " and " + share);
        }
    }

    /**
     * Reads a number of lines, {@code 20}, or a share, {@code 0.1%}.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static CorruptLimit parse(String text) {
        try {
            return text.endsWith("%")
                    ? new CorruptLimit(0, Double.parseDouble(text.substring(0, text.length() - 1)) / 100)
                    : new CorruptLimit(Long.parseLong(text), 0);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is neither a number of lines, such as 20, nor a share of them, such as 0.1%", e);
        }
    }

    boolean isExceeded(long corrupt, long all, boolean passEnds) {
        return corrupt > lines && corrupt > share * (passEnds ? all : Math.max(all, FEWEST_JUDGED));
    }

    @Override
    public String toString() {
        return share > 0 ? String.format(Locale.ROOT, "%s%%", 100 * share) : Long.toString(lines);
    }
}
