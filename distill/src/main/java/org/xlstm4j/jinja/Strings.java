package org.xlstm4j.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/** Python's string operations; positions count code points. */
final class Strings {
    private Strings() {
    }

    static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    /** Without {@code characters}, or white space if null, at the start or the end or both. */
    static String strip(String text, String characters, boolean start, boolean end) {
        var points = text.codePoints().toArray();
        var from = 0;
        var to = points.length;
        while (start && from < to && strips(characters, points[from])) {
            from++;
        }
        while (end && from < to && strips(characters, points[to - 1])) {
            to--;
        }
        return new String(points, from, to - from);
    }

    private static boolean strips(String characters, int c) {
        return characters == null ? isSpace(c) : characters.indexOf(c) >= 0;
    }

    /** The parts between {@code separator}s, or between white space if null; at most {@code limit} cuts unless -1. */
    static List<Object> split(String text, String separator, long limit) {
        var parts = new ArrayList<Object>();
        var rest = separator == null ? strip(text, null, true, false) : text;
        var from = 0;
        while (limit < 0 || parts.size() < limit) {
            var cut = separator == null ? space(rest, from) : rest.indexOf(separator, from);
            if (cut < 0) {
                break;
            }
            parts.add(rest.substring(from, cut));
            from = separator == null ? pastSpace(rest, cut) : cut + separator.length();
        }
        if (separator != null || from < rest.length()) {
            parts.add(rest.substring(from));
        }
        return parts;
    }

    /** As {@link #split}, cutting from the end. */
    static List<Object> splitFromEnd(String text, String separator, long limit) {
        var parts = new ArrayList<Object>();
        var end = text.length();
        while (limit < 0 || parts.size() < limit) {
            var cut = end < separator.length() ? -1 : text.lastIndexOf(separator, end - separator.length());
            if (cut < 0) {
                break;
            }
            parts.add(text.substring(cut + separator.length(), end));
            end = cut;
        }
        parts.add(text.substring(0, end));
        Collections.reverse(parts);
        return parts;
    }

    private static int space(String text, int from) {
        var at = from;
        while (at < text.length() && !isSpace(text.charAt(at))) {
            at++;
        }
        return at < text.length() ? at : -1;
    }

    private static int pastSpace(String text, int from) {
        var at = from;
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    static String capitalize(String text) {
        var first = text.isEmpty() ? 0 : text.offsetByCodePoints(0, 1);
        return text.substring(0, first).toUpperCase(Locale.ROOT)
                + text.substring(first).toLowerCase(Locale.ROOT);
    }

    static long count(String text, String part) {
        if (part.isEmpty()) {
            return text.codePointCount(0, text.length()) + 1L;
        }
        var count = 0L;
        for (var at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    /** The elements of a sequence of {@code length} that a slice takes. */
    static int[] sliced(int length, Long from, Long to, Long step) {
        var by = step == null ? 1 : step;
        if (by == 0) {
            throw new TemplateException("a slice's step cannot be 0");
        }
        var low = by > 0 ? 0 : -1;
        var start = bound(from, by > 0 ? 0 : length - 1, low, length);
        var end = bound(to, by > 0 ? length : -1, low, length);
        return LongStream.iterate(start, i -> by > 0 ? i < end : i > end, i -> i + by)
                .mapToInt(i -> (int) i).toArray();
    }

    private static long bound(Long given, long absent, int low, int length) {
        if (given == null) {
            return absent;
        }
        return Math.max(low, Math.min(given < 0 ? given + length : given, low < 0 ? length - 1 : length));
    }

    /** A string literal with its escapes resolved; unknown escapes stay as they are. */
    static String unescape(String literal) {
        var text = new StringBuilder();
        for (int i = 0; i < literal.length(); i++) {
            var c = literal.charAt(i);
            if (c != '\\') {
                text.append(c);
                continue;
            }
            var escape = literal.charAt(++i);
            switch (escape) {
                case 'n' -> text.append('\n');
                case 't' -> text.append('\t');
                case 'r' -> text.append('\r');
                case '\\', '\'', '"' -> text.append(escape);
                case '\n' -> { }
                case 'x', 'u', 'U' -> {
                    var digits = escape == 'x' ? 2 : escape == 'u' ? 4 : 8;
                    text.appendCodePoint(codePoint(literal, i + 1, digits));
                    i += digits;
                }
                case 'a', 'b', 'f', 'v', 'N', '0', '1', '2', '3', '4', '5', '6', '7' ->
                        throw new TemplateException("the escape \\" + escape + " is not supported");
                default -> text.append('\\').append(escape);
            }
        }
        return text.toString();
    }

    private static int codePoint(String literal, int from, int digits) {
        try {
            var point = Integer.parseInt(literal.substring(from, Math.min(from + digits, literal.length())), 16);
            if (from + digits <= literal.length() && Character.isValidCodePoint(point)) {
                return point;
            }
        } catch (NumberFormatException e) {
            // As for a character that does not exist.
        }
        throw new TemplateException("the escape in '" + literal + "' is broken");
    }
}
