package org.xlstm4j.distill.corpus;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a file holds: told by its name, and by its first byte where the name does not say. */
enum Format {
    /** A JSON object a line. */
    JSON_LINES(List.of(".jsonl", ".ndjson", ".json")),
    /** Plain text, a document a file. */
    TEXT(List.of(".txt", ".text", ".md"));

    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final List<String> endings;

    Format(List<String> endings) {
        this.endings = endings;
    }

    static Optional<Format> ofName(Path file) {
        var name = file.getFileName().toString().toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|zst)$", "");
        for (var format : values()) {
            if (format.endings.stream().anyMatch(name::endsWith)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /** The format of a file that begins like this. */
    static Format of(Path file, byte[] start) {
        return ofName(file).orElseGet(() -> firstSign(start) == '{' ? JSON_LINES : TEXT);
    }

    /** The length of the mark that UTF-8 files may begin with, 0 if there is none. */
    static int markLength(byte[] start) {
        return start.length >= BYTE_ORDER_MARK.length
                && Arrays.equals(start, 0, BYTE_ORDER_MARK.length, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length)
                ? BYTE_ORDER_MARK.length : 0;
    }

    private static int firstSign(byte[] start) {
        var at = markLength(start);
        while (at < start.length && start[at] <= ' ' && start[at] >= 0) {
            at++;
        }
        return at < start.length ? start[at] : -1;
    }
}
