package org.xlstm4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.distill.targets.StoreHeader;
import org.xlstm4j.distill.targets.TargetBatch;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.targets.TargetStoreWriter;

/**
 * A target store of made-up logits, written and read by one thread. The logits are like those of a language model: words
 * by Zipf's law, frequent ones of low ids as tokenizers have them, moved by the context, a few that it asks for.
 */
public final class StoreBench {
    private static final int TIME = 64;
    private static final int NOISES = 1 << 16;
    private static final double READING_SECONDS = 1;

    private final Path folder;
    private final int rows;

    /**
     * @param folder for the store, which is deleted again
     * @param rows   rows of 64 tokens
     */
    public StoreBench(Path folder, int rows) {
        this.folder = folder;
        this.rows = rows;
    }

    /**
     * What a store of a teacher with such a vocabulary costs.
     *
     * @param vocabSize     words
     * @param topK          ids a token
     * @param bytesPerToken bytes of the whole file a token
     * @param divergence    the mean KL from what the teacher said to what is stored, both over the top-k, in nats
     * @param written       tokens a second of selecting, encoding and writing
     * @param read          tokens a second of reading, from the system's cache
     */
    public record Costs(int vocabSize, int topK, double bytesPerToken, double divergence, double written, double read) {
    }

    /** Measures one. */
    public Costs measure(int vocabSize, int topK) throws IOException {
        var file = folder.resolve("bench.targets");
        TargetStoreWriter.discard(file);
        double written = write(file, new StoreHeader(StoreHeader.FORMAT, "0".repeat(64), "0".repeat(64), vocabSize, topK,
                StoreHeader.VALUES, true, "0".repeat(16), TIME, false, 1));
        try (var store = TargetStore.open(file)) {
            return new Costs(vocabSize, topK, (double) store.bytes() / store.tokens(), divergence(store), written,
                    readingRate(store, 1));
        } finally {
            Files.delete(file);
        }
    }

    private double write(Path file, StoreHeader header) throws IOException {
        long nanos = 0;
        try (var writer = TargetStoreWriter.open(file, header)) {
            for (int row = 0; row < rows; row++) {
                var tokens = tokens(row, header.vocabSize());
                var logits = logits(row, header.vocabSize());
                long start = System.nanoTime();
                writer.append(tokens, logits);
                // The first compiles.
                nanos += row == 0 ? 0 : System.nanoTime() - start;
            }
            writer.finish();
        }
        return (rows - 1.0) * TIME / (nanos / 1e9);
    }

    /** Tokens a second of reading a store in batches of so many rows, in the order of training. */
    public static double readingRate(TargetStore store, int batch) throws IOException {
        read(store, batch, 0);
        long tokens = 0;
        long start = System.nanoTime();
        double seconds = 0;
        for (int epoch = 1; seconds < READING_SECONDS; epoch++) {
            tokens += read(store, batch, epoch);
            seconds = (System.nanoTime() - start) / 1e9;
        }
        return tokens / seconds;
    }

    private static long read(TargetStore store, int batch, int epoch) throws IOException {
        long tokens = 0;
        for (var rowsOfBatch : store.epoch(batch, 1, epoch)) {
            tokens += store.read(rowsOfBatch).tokens().tokens();
        }
        return tokens;
    }

    private double divergence(TargetStore store) throws IOException {
        double sum = 0;
        for (int row = 0; row < rows; row++) {
            var logits = logits(row, store.header().vocabSize());
            var read = store.read(List.of(row));
            for (int t = 0; t < TIME; t++) {
                sum += divergence(read, t, logits, store.header());
            }
        }
        return sum / (rows * TIME);
    }

    private static double divergence(TargetBatch read, int token, float[] logits, StoreHeader header) {
        int k = header.topK();
        double said = 0;
        double stored = 0;
        double top = logits[token * header.vocabSize() + read.ids()[token * k]];
        for (int i = token * k; i < (token + 1) * k; i++) {
            said += Math.exp(logits[token * header.vocabSize() + read.ids()[i]] - top);
            stored += Math.exp(read.logProbabilities()[i]);
        }
        double divergence = 0;
        for (int i = token * k; i < (token + 1) * k; i++) {
            double log = logits[token * header.vocabSize() + read.ids()[i]] - top - Math.log(said);
            divergence += Math.exp(log) * (log - read.logProbabilities()[i] + Math.log(stored));
        }
        return divergence;
    }

    /** A row of one document. */
    private static PackedBatch tokens(int row, int vocabSize) {
        var ids = new Random(row).ints(TIME, 0, vocabSize).toArray();
        var targets = new int[TIME];
        System.arraycopy(ids, 1, targets, 0, TIME - 1);
        var weights = new float[TIME];
        Arrays.fill(weights, 0, TIME - 1, 1);
        return new PackedBatch(1, TIME, ids, IntStream.range(0, TIME).toArray(),
                IntStream.generate(() -> 1).limit(TIME).toArray(), targets, weights);
    }

    private static float[] logits(int row, int vocabSize) {
        var random = new Random(row);
        var noise = new float[NOISES];
        for (int i = 0; i < NOISES; i++) {
            noise[i] = (float) random.nextGaussian();
        }
        var logits = new float[Math.multiplyExact(TIME, vocabSize)];
        for (int t = 0; t < TIME; t++) {
            int offset = random.nextInt(NOISES);
            float spread = 1.5f + random.nextFloat();
            for (int id = 0; id < vocabSize; id++) {
                logits[t * vocabSize + id] = spread * noise[id + offset & NOISES - 1] - (float) Math.log(id + 10)
                        + noise[id + 31 * offset >> 3 & NOISES - 1];
            }
            for (int i = 0; i < 4; i++) {
                logits[t * vocabSize + random.nextInt(vocabSize)] += 12 * random.nextFloat();
            }
        }
        return logits;
    }
}
