package org.xlstm4j.generate;

import java.util.List;

/**
 * Watches a text, as it comes, for the first of some strings to be complete, whatever pieces it comes in; holds back
 * what could still become one. Each string is sought by the method of Knuth, Morris and Pratt.
 */
final class StopStrings {
    private final String[] stops;
    /** By stop and length of a match: the length of the next shorter one that ends where it does. */
    private final int[][] shorter;
    /** The length of each stop's longest beginning that the text ends with. */
    private final int[] matched;
    private final StringBuilder held = new StringBuilder();
    private boolean found;

    /** @param stops none empty */
    StopStrings(List<String> stops) {
        this.stops = stops.toArray(String[]::new);
        this.shorter = stops.stream().map(StopStrings::shorter).toArray(int[][]::new);
        this.matched = new int[stops.size()];
    }

    private static int[] shorter(String stop) {
        var shorter = new int[stop.length() + 1];
        for (int end = 1, length = 0; end < stop.length(); end++) {
            length = longer(stop, shorter, length, stop.charAt(end));
            shorter[end + 1] = length;
        }
        return shorter;
    }

    private static int longer(String stop, int[] shorter, int matched, char next) {
        int length = matched;
        while (length > 0 && (length == stop.length() || stop.charAt(length) != next)) {
            length = shorter[length];
        }
        return stop.charAt(length) == next ? length + 1 : length;
    }

    /** Takes more text, and returns what is sure to stand before any stop string. */
    String add(String text) {
        for (int i = 0; i < text.length() && !found; i++) {
            take(text.charAt(i));
        }
        int keep = 0;
        for (int length : matched) {
            keep = Math.max(keep, length);
        }
        // Where one is found the longest match is that of the longest stop string that ends here, or of another's
        // beginning, which is no longer waited for.
        return release(found ? longestFound() : keep);
    }

    private void take(char next) {
        held.append(next);
        for (int i = 0; i < stops.length; i++) {
            matched[i] = longer(stops[i], shorter[i], matched[i], next);
            found |= matched[i] == stops[i].length();
        }
    }

    private int longestFound() {
        int longest = 0;
        for (int i = 0; i < stops.length; i++) {
            longest = matched[i] == stops[i].length() ? Math.max(longest, matched[i]) : longest;
        }
        return longest;
    }

    private String release(int keep) {
        int end = held.length() - keep;
        var released = held.substring(0, end);
        held.delete(0, end);
        return released;
    }

    /** Whether one is complete; what comes after it is not taken. */
    boolean isFound() {
        return found;
    }

    /** What was held back, now that nothing follows it; none where a stop string was found. */
    String end() {
        return found ? "" : release(0);
    }
}
