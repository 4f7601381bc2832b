package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoreSizeTest {
    private static final int TIME = 32;
    private static final int ROWS = 4;

    @ParameterizedTest
    @CsvSource({"128256, 256, 1100", "128256, 64, 300", "151936, 256, 1100", "152064, 64, 300"})
    void staysWithinItsBudget(int vocabSize, int topK, int budget, @TempDir Path folder) throws IOException {
        var header = TestStores.header(vocabSize, topK, true, TIME);
        var random = new Random(topK);
        var file = folder.resolve("store");
        try (var writer = TargetStoreWriter.open(file, header)) {
            for (int row = 0; row < ROWS; row++) {
                var batch = TestStores.batch(random, header, 1);
                writer.append(batch, TestStores.logits(random, TIME, vocabSize));
            }
            writer.finish();
        }
        try (var store = TargetStore.open(file)) {
            // The header is there once, however many rows follow.
            double token = (double) (store.bytes() - StoreFile.head(header).length) / store.tokens();
            assertThat(token).isLessThan(0.75 * budget);
            assertThat(store.bytes()).isLessThan(header.mostBytes(ROWS) + 500);
        }
        assertThat((double) header.mostBytes(1_000_000) / (1_000_000L * TIME)).isLessThan(0.85 * budget);
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "17", "768"})
    void theMostIsNotExceededByTheWorst(int topK, @TempDir Path folder) throws IOException {
        var header = TestStores.header(768, topK, true, TIME);
        var random = new Random(topK);
        var file = folder.resolve("store");
        try (var writer = TargetStoreWriter.open(file, header)) {
            for (int row = 0; row < ROWS; row++) {
                var batch = TestStores.batch(random, header, 1);
                var logits = new float[TIME * 768];
                for (int i = 0; i < logits.length; i++) {
                    // Steps as uneven as they can be: the code is longest then.
                    logits[i] = random.nextBoolean() ? 30 * random.nextFloat() : 0;
                }
                writer.append(batch, logits);
            }
            writer.finish();
        }
        try (var store = TargetStore.open(file)) {
            assertThat(store.bytes()).isLessThan(header.mostBytes(ROWS) + 500);
        }
    }
}
