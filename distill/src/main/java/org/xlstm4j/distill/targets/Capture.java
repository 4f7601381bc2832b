package org.xlstm4j.distill.targets;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.function.IntConsumer;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.Tokenizer;
import org.xlstm4j.distill.data.BatchStream;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.distill.data.PackedDataset;

/**
 * The writing of a target store: one teacher pass over the data, in batches, while threads select and encode what it
 * said of those before. A capture that was ended before its end, by a kill as well, is gone on with by the next one of
 * the same settings and data: the store has the same bytes then as if it had not been.
 */
public final class Capture {
    private static final int BATCHES_WAITING = 2;

    private final StoreHeader header;
    private final CaptureSource source;
    private final TargetStoreWriter store;
    private final CursorFile cursor;
    private final IntConsumer rowsWritten;

    private Capture(StoreHeader header, CaptureSource source, TargetStoreWriter store, CursorFile cursor,
                    IntConsumer rowsWritten) {
        this.header = header;
        this.source = source;
        this.store = store;
        this.cursor = cursor;
        this.rowsWritten = rowsWritten;
    }

    /**
     * Writes the teacher's targets for the first epoch of {@code data}.
     *
     * @param target      the file to write
     * @param teacher     checkpoint of the teacher
     * @param data        packed with the teacher's tokenizer
     * @param topK        ids a position
     * @param rowsWritten told how many rows are done
     * @throws IOException if the file cannot be written
     */
    public static void write(Path target, Checkpoint teacher, PackedDataset data, int topK, IntConsumer rowsWritten)
            throws IOException {
        write(target, teacher, CaptureSource.of(data), CaptureOptions.of(topK), rowsWritten);
    }

    /**
     * Writes the teacher's targets for what a source gives, or goes on with that.
     *
     * @param target      the file to write; an unfinished one lies beside it
     * @param teacher     checkpoint of the teacher
     * @param source      packed with the teacher's tokenizer
     * @param rowsWritten told how many rows are done, those of earlier captures too
     * @throws TargetStoreException if the disk has not the room, an unfinished capture beside {@code target} is one of
     *                              other settings or data, or there is nothing to store
     * @throws ArithmeticException  if the teacher's logits are not finite
     */
    public static void write(Path target, Checkpoint teacher, CaptureSource source, CaptureOptions options,
                             IntConsumer rowsWritten) throws IOException {
        var header = header(teacher, source, options);
        requireSpace(target, header, source);
        var cursor = new CursorFile(TargetStoreWriter.part(target));
        try (var store = TargetStoreWriter.open(target, header)) {
            var capture = new Capture(header, source, store, cursor, rowsWritten);
            if (!capture.isDone()) {
                capture.run(new TeacherPass(teacher.load(options.imported()), header.time()), options.threads());
            }
            store.finish();
        }
        cursor.delete();
    }

    /** What the store of a capture will say of itself. */
    public static StoreHeader header(Checkpoint teacher, CaptureSource source, CaptureOptions options)
            throws IOException {
        try (Tokenizer tokenizer = teacher.tokenizer()) {
            return new StoreHeader(StoreHeader.FORMAT, teacher.fingerprint(), tokenizer.fingerprint(),
                    teacher.config().vocabSize(), options.topK(), StoreHeader.VALUES, options.tail(),
                    source.fingerprint(), source.packing().time(), source.packing().answerOnly(),
                    source.packing().seed());
        }
    }

    /** Refuses before the teacher is read what the disk could not take. */
    private static void requireSpace(Path target, StoreHeader header, CaptureSource source) throws IOException {
        if (source.rows().isEmpty()) {
            return;
        }
        var part = TargetStoreWriter.part(target);
        TargetStoreWriter.requireSpace(target,
                header.mostBytes(source.rows().getAsInt()) - (Files.exists(part) ? Files.size(part) : 0));
    }

    private boolean isDone() {
        return source.rows().isPresent() && store.rows() >= source.rows().getAsInt();
    }

    private void run(TeacherPass teacher, int threads) throws IOException {
        var place = cursor.read(store.rows());
        try (var stream = source.opening().open(place.cursor());
                var encoding = new RowEncoding(header, teacher, threads)) {
            run(stream, encoding, place.rows());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("the capture was interrupted; the next one goes on from row "
                    + store.rows()).initCause(interrupted);
        } finally {
            if (store.rows() > 0) {
                cursor.save();
            }
        }
    }

    /** @param passed rows of the source that lie before the stream's place */
    private void run(BatchStream stream, RowEncoding encoding, int passed) throws IOException, InterruptedException {
        int first = store.rows();
        int most = source.rows().orElse(Integer.MAX_VALUE);
        var places = new ArrayDeque<CursorFile.Place>();
        int row = passed;
        while (row < most && stream.hasNext()) {
            places.add(new CursorFile.Place(row, stream.cursor()));
            var batch = stream.next();
            requireTime(batch);
            var wanted = new ArrayList<Integer>();
            for (int i = 0; i < batch.batch() && row < most; i++) {
                if (!RowCodec.isEmpty(batch, i) && row++ >= first) {
                    wanted.add(i);
                }
            }
            // The teacher always sees whole batches: of a part of one its logits might differ in their last bits.
            if (!wanted.isEmpty()) {
                encoding.add(batch, wanted);
            }
            write(encoding, BATCHES_WAITING * batch.batch(), places);
        }
        write(encoding, 0, places);
    }

    private void write(RowEncoding encoding, int waiting, Deque<CursorFile.Place> places) throws IOException {
        while (encoding.waiting() > waiting) {
            store.append(encoding.next());
            rowsWritten.accept(store.rows());
        }
        while (!places.isEmpty() && places.peek().rows() <= store.rows()) {
            cursor.reached(places.remove());
        }
    }

    private void requireTime(PackedBatch batch) {
        if (batch.time() != header.time()) {
            throw new IllegalArgumentException("the source gives rows of " + batch.time() + " tokens instead of "
                    + header.time());
        }
    }
}
