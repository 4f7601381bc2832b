package org.xlstm4j.distill.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * A file of plain text: one document, but one longer than {@value #MOST_BYTES} bytes in parts of at most as many, cut
 * behind the last line, word or character that fits.
 */
final class TextRecords implements Records {
    static final int MOST_BYTES = 1 << 20;

    private final InputStream in;
    private final byte[] buffer = new byte[MOST_BYTES];
    private int held;
    private long offset;
    private long lines;

    TextRecords(InputStream in, long offset, long lines) {
        this.in = in;
        this.offset = offset;
        this.lines = lines;
    }

    @Override
    public RawRecord next() throws IOException {
        while (true) {
            held += in.readNBytes(buffer, held, MOST_BYTES - held);
            if (held == 0) {
                return null;
            }
            var length = held < MOST_BYTES ? held : cut();
            var firstLine = lines + 1;
            var part = Arrays.copyOf(buffer, length);
            for (var value : part) {
                lines += value == '\n' ? 1 : 0;
            }
            offset += length;
            held -= length;
            System.arraycopy(buffer, length, buffer, 0, held);
            if (!RawRecord.isBlank(part, length)) {
                return new RawRecord(part, firstLine, offset, lines);
            }
        }
    }

    /** Where to cut a full buffer, not before its half if there is a choice. */
    private int cut() {
        for (var sign : new byte[] {'\n', ' '}) {
            for (var i = MOST_BYTES - 1; i >= MOST_BYTES / 2; i--) {
                if (buffer[i] == sign) {
                    return i + 1;
                }
            }
        }
        var i = MOST_BYTES - 1;
        while (i > MOST_BYTES - 4 && (buffer[i] & 0xC0) == 0x80) {
            i--;
        }
        // A character's first byte: what begins here may go on behind the buffer.
        return i;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
