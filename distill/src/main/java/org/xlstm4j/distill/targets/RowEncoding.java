package org.xlstm4j.distill.targets;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.xlstm4j.distill.data.PackedBatch;

/**
 * What follows the teacher: threads select the likeliest of each token's logits and encode the rows, while the teacher
 * is at the next batch. Rows come out in the order in which they went in.
 */
final class RowEncoding implements AutoCloseable {
    private final StoreHeader header;
    private final TeacherPass teacher;
    private final ExecutorService workers;
    private final int threads;
    private final ThreadLocal<TopK> selections;
    private final ThreadLocal<RowCodec> codecs;
    private final Deque<CompletableFuture<RowCodec.Encoded>> rows = new ArrayDeque<>();
    private BlockingQueue<float[]> rooms;

    RowEncoding(StoreHeader header, TeacherPass teacher, int threads) {
        this.header = header;
        this.teacher = teacher;
        this.threads = threads;
        this.workers = Executors.newFixedThreadPool(threads, work -> {
            var thread = new Thread(work, "capture");
            thread.setDaemon(true);
            return thread;
        });
        this.selections = ThreadLocal.withInitial(() -> new TopK(header.topK()));
        this.codecs = ThreadLocal.withInitial(() -> new RowCodec(header));
    }

    /** How many rows went in and did not come out. */
    int waiting() {
        return rows.size();
    }

    /** Runs the teacher over a batch, of which the {@code wanted} rows go in. */
    void add(PackedBatch batch, List<Integer> wanted) throws InterruptedException {
        var targets = TargetBatch.of(batch, header);
        var selected = CompletableFuture.allOf(select(batch, targets).toArray(CompletableFuture[]::new));
        for (int row : wanted) {
            rows.add(selected.thenApplyAsync(done -> codecs.get().encode(targets, row), workers));
        }
    }

    private List<CompletableFuture<Void>> select(PackedBatch batch, TargetBatch targets) throws InterruptedException {
        var rooms = rooms(batch.ids().length);
        var parts = new ArrayList<CompletableFuture<Void>>();
        teacher.run(batch.tokenBatch(), rooms::take, (from, count, logits) -> parts.add(CompletableFuture.runAsync(
                () -> {
                    try {
                        select(logits, from, count, targets);
                    } finally {
                        rooms.add(logits);
                    }
                }, workers)));
        return parts;
    }

    private void select(float[] logits, int from, int count, TargetBatch targets) {
        var selection = selections.get();
        for (int i = 0; i < count; i++) {
            if (targets.tokens().segments()[from + i] > 0) {
                selection.select(logits, i * header.vocabSize(), header.vocabSize(), targets, from + i);
            }
        }
    }

    /** Arrays that go round, so that the teacher cannot run away from those who follow it. */
    private BlockingQueue<float[]> rooms(int tokens) {
        if (rooms == null) {
            int elements = teacher.partElements(tokens);
            rooms = new ArrayBlockingQueue<>(threads + 1);
            for (int i = 0; i <= threads; i++) {
                rooms.add(new float[elements]);
            }
        }
        return rooms;
    }

    /** The row that went in first, once it is encoded. */
    RowCodec.Encoded next() {
        try {
            return rows.remove().join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (failed.getCause() instanceof Error cause) {
                throw cause;
            }
            throw failed;
        }
    }

    /** Ends the threads; what they are at is lost. */
    @Override
    public void close() {
        workers.shutdownNow();
    }
}
