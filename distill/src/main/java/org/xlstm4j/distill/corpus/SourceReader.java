package org.xlstm4j.distill.corpus;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.xlstm4j.distill.corpus.CorpusException.Reason;
import org.xlstm4j.distill.data.DataCursor.SourcePlace;
import org.xlstm4j.files.compressed.Compressed;

/** Reads a source's files from a place on, in an order of each pass's own, in chunks. For one thread. */
final class SourceReader implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 16;
    private static final int CHUNK_RECORDS = 256;
    private static final int START_BYTES = 1 << 10;
    private static final String LFS_POINTER = "version https://git-lfs";

    private final Source source;
    private final long seed;
    private final boolean endless;
    private List<Path> order;
    private int pass;
    private int file;
    private long offset;
    private long lines;
    private Format format;
    private Records records;
    private boolean isEmpty;

    /**
     * @param seed  of the files' order; a pass's own is derived from it
     * @param place the first document to read
     */
    SourceReader(Source source, long seed, boolean endless, SourcePlace place) throws CorpusException {
        this.source = source;
        this.seed = seed;
        this.endless = endless;
        pass = place.pass();
        file = place.file();
        offset = place.offset();
        lines = place.line();
        order = order();
        if (file > order.size()) {
            throw new CorpusException(Reason.CHANGED, source.name() + " has " + order.size() + " files, not " + file);
        }
    }

    private List<Path> order() {
        var files = new ArrayList<>(source.files());
        Collections.shuffle(files, new Random(Seeds.derive(seed, pass)));
        return files;
    }

    /** The next records, or {@code null} after the last of a single pass. */
    RawChunk next() throws IOException {
        if (file == order.size()) {
            if (!endless) {
                return null;
            }
            pass++;
            file = 0;
            order = order();
        }
        if (records == null) {
            open();
        }
        var some = new ArrayList<RawRecord>();
        var ended = false;
        for (long bytes = 0; bytes < CHUNK_BYTES && some.size() < CHUNK_RECORDS && !ended; ) {
            var record = records.next();
            if (record == null) {
                ended = true;
            } else {
                some.add(record);
                bytes += record.bytes() == null ? 0 : record.bytes().length;
            }
        }
        isEmpty &= some.isEmpty();
        var path = order.get(file);
        var at = file;
        if (ended) {
            close();
            file++;
            offset = 0;
            lines = 0;
        }
        return new RawChunk(path, format, pass, at, some, ended && isEmpty, file == order.size());
    }

    private void open() throws IOException {
        var path = order.get(file);
        var in = new BufferedInputStream(Compressed.open(path), CHUNK_BYTES);
        try {
            in.mark(START_BYTES);
            var start = in.readNBytes(START_BYTES);
            in.reset();
            if (new String(start, StandardCharsets.ISO_8859_1).startsWith(LFS_POINTER)) {
                throw new CorpusException(Reason.LFS_POINTER,
                        path + ": this is a git-LFS pointer, not the file itself; run `git lfs pull` in its folder");
            }
            isEmpty = offset == 0;
            offset = Math.max(offset, Format.markLength(start));
            in.skipNBytes(offset);
            format = Format.of(path, start);
            records = switch (format) {
                case JSON_LINES -> new LineRecords(in, offset, lines);
                case TEXT -> new TextRecords(in, offset, lines);
            };
        } catch (EOFException e) {
            in.close();
            throw new CorpusException(Reason.CHANGED, path + " ends before byte " + offset
                    + ", where the data are to go on; it has changed", e);
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    /** Closes the file that is open. */
    @Override
    public void close() throws IOException {
        if (records != null) {
            records.close();
            records = null;
        }
    }
}
