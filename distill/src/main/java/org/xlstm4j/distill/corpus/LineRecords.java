package org.xlstm4j.distill.corpus;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** The lines of a file. Of one longer than {@value #MOST_BYTES} bytes only the end is looked for. */
final class LineRecords implements Records {
    static final int MOST_BYTES = 1 << 23;
    private static final int BUFFER_BYTES = 1 << 16;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int at;
    private int end;
    private long offset;
    private long lines;

    LineRecords(InputStream in, long offset, long lines) {
        this.in = in;
        this.offset = offset;
        this.lines = lines;
    }

    @Override
    public RawRecord next() throws IOException {
        while (hasMore()) {
            var length = line();
            lines++;
            if (length > MOST_BYTES) {
                return new RawRecord(null, lines, offset, lines);
            }
            var line = bytes.toByteArray();
            if (!RawRecord.isBlank(line, line.length)) {
                return new RawRecord(line, lines, offset, lines);
            }
        }
        return null;
    }

    /** Reads a line without its end, and says how long it is. */
    private long line() throws IOException {
        bytes.reset();
        long length = 0;
        while (hasMore()) {
            var start = at;
            while (at < end && buffer[at] != '\n') {
                at++;
            }
            length += at - start;
            if (length <= MOST_BYTES) {
                bytes.write(buffer, start, at - start);
            }
            offset += at - start;
            if (at < end) {
                at++;
                offset++;
                return length;
            }
        }
        return length;
    }

    private boolean hasMore() throws IOException {
        if (at == end) {
            at = 0;
            end = Math.max(0, in.read(buffer, 0, buffer.length));
        }
        return at < end;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
