package org.xlstm4j.distill.targets;

import java.util.Random;
import java.util.stream.IntStream;
import org.xlstm4j.distill.data.PackedBatch;

/** Headers, batches and logits to store. */
final class TestStores {
    private static final int NOISES = 1 << 16;

    private TestStores() {
    }

    static StoreHeader header(int vocabSize, int topK, boolean tail, int time) {
        return new StoreHeader(StoreHeader.FORMAT, "teacher", "tokenizer", vocabSize, topK, StoreHeader.VALUES, tail,
                "data", time, false, 3);
    }

    /** Rows of documents of random tokens, the last of them followed by padding. */
    static PackedBatch batch(Random random, StoreHeader header, int rows) {
        int size = rows * header.time();
        var batch = new PackedBatch(rows, header.time(), new int[size], new int[size], new int[size], new int[size],
                new float[size]);
        for (int row = 0; row < rows; row++) {
            int at = row * header.time();
            int end = at + header.time() - random.nextInt(Math.max(1, header.time() / 4));
            for (int segment = 1; at < end; segment++) {
                int next = Math.min(end, at + 1 + random.nextInt(header.time()));
                for (int position = 0; at < next; position++, at++) {
                    batch.ids()[at] = random.nextInt(header.vocabSize());
                    batch.positions()[at] = position;
                    batch.segments()[at] = segment;
                    if (position > 0) {
                        batch.targets()[at - 1] = batch.ids()[at];
                        batch.weights()[at - 1] = 1;
                    }
                }
            }
        }
        return batch;
    }

    /**
     * Logits like those of a language model: words by Zipf's law, the more frequent ones of lower ids as byte-pair
     * tokenizers have them, all of it moved by the context, and a few words that the context asks for.
     */
    static float[] logits(Random random, int tokens, int vocabSize) {
        var noise = new float[NOISES];
        for (int i = 0; i < NOISES; i++) {
            noise[i] = (float) random.nextGaussian();
        }
        var logits = new float[Math.multiplyExact(tokens, vocabSize)];
        for (int t = 0; t < tokens; t++) {
            int offset = random.nextInt(NOISES);
            float spread = 1.5f + random.nextFloat();
            for (int id = 0; id < vocabSize; id++) {
                logits[t * vocabSize + id] = spread * noise[id + offset & NOISES - 1]
                        - (float) Math.log(id + 10) + noise[id + 31 * offset >> 3 & NOISES - 1];
            }
            for (int i = 0; i < 4; i++) {
                logits[t * vocabSize + random.nextInt(vocabSize)] += 12 * random.nextFloat();
            }
        }
        return logits;
    }

    /** The targets that a teacher of these logits gives. */
    static TargetBatch targets(PackedBatch batch, StoreHeader header, float[] logits) {
        var targets = TargetBatch.of(batch, header);
        var selection = new TopK(header.topK());
        for (int token = 0; token < batch.ids().length; token++) {
            selection.select(logits, token * header.vocabSize(), header.vocabSize(), targets, token);
        }
        return targets;
    }

    static int[] tokens(PackedBatch batch) {
        return IntStream.range(0, batch.ids().length).filter(t -> batch.segments()[t] > 0).toArray();
    }
}
