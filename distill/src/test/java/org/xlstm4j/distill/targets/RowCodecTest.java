package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.distill.data.PackedBatch;

class RowCodecTest {
    private static final int ROWS = 3;

    private static TargetBatch coded(TargetBatch batch, StoreHeader header) {
        int size = batch.tokens().ids().length;
        var read = TargetBatch.of(new PackedBatch(ROWS, header.time(), new int[size], new int[size], new int[size],
                new int[size], new float[size]), header);
        for (int row = 0; row < ROWS; row++) {
            var encoded = new RowCodec(header).encode(batch, row);
            assertThat(encoded.payload().length).isLessThan(header.longestBlock() - Block.FRAME_BYTES);
            // Other bytes before and behind it.
            var bytes = new byte[encoded.payload().length + 7 + BitReader.SLACK];
            Arrays.fill(bytes, (byte) 0x5a);
            System.arraycopy(encoded.payload(), 0, bytes, 7, encoded.payload().length);
            assertThat(new RowCodec(header).decode(bytes, 7, read, row)).isEqualTo(encoded.payload().length);
        }
        assertThat(read.tokens()).usingRecursiveComparison().isEqualTo(batch.tokens());
        return read;
    }

    @ParameterizedTest
    @CsvSource({"2, 1, 1", "50, 3, 5", "768, 5, 13", "128256, 32, 9", "151936, 7, 2"})
    void rowsComeBack(int vocabSize, int topK, int time) {
        var header = TestStores.header(vocabSize, topK, true, time);
        var random = new Random(time);
        var batch = TestStores.batch(random, header, ROWS);
        var targets = TestStores.targets(batch, header,
                TestStores.logits(random, ROWS * time, vocabSize));
        var read = coded(targets, header);
        for (int t : TestStores.tokens(batch)) {
            assertThat(Arrays.copyOfRange(read.ids(), t * topK, (t + 1) * topK))
                    .isEqualTo(Arrays.copyOfRange(targets.ids(), t * topK, (t + 1) * topK));
            double sum = Math.exp(read.tailLogProbabilities()[t]);
            for (int i = t * topK; i < (t + 1) * topK; i++) {
                assertThat(read.logProbabilities()[i] - targets.logProbabilities()[i]).isBetween(-1e-3f, 1e-3f);
                sum += Math.exp(read.logProbabilities()[i]);
            }
            assertThat(sum).isBetween(0.998, 1.0);
        }
    }

    @Test
    void paddingIsFiniteAndSumsToOne() {
        var header = TestStores.header(40, 4, true, 12);
        var read = coded(TestStores.targets(TestStores.batch(new Random(3), header, ROWS), header,
                TestStores.logits(new Random(2), ROWS * 12, 40)), header);
        int padding = 0;
        for (int t = 0; t < ROWS * 12; t++) {
            if (read.tokens().segments()[t] == 0) {
                padding++;
                assertThat(Arrays.copyOfRange(read.ids(), 4 * t, 4 * t + 4)).containsExactly(0, 1, 2, 3);
                assertThat(Arrays.copyOfRange(read.logProbabilities(), 4 * t, 4 * t + 4))
                        .containsOnly((float) -Math.log(4));
                assertThat(read.tailLogProbabilities()[t]).isEqualTo(LogCodes.LOWEST);
            }
        }
        assertThat(padding).isPositive();
    }

    @Test
    void tokensNeedNotBePackedAsUsual() {
        var header = TestStores.header(30, 2, false, 11);
        var random = new Random(5);
        for (int trial = 0; trial < 50; trial++) {
            int size = ROWS * 11;
            var weights = new float[size];
            for (int i = 0; i < size; i++) {
                weights[i] = random.nextInt(3) == 0 ? random.nextFloat() : 1;
            }
            var tokens = new PackedBatch(ROWS, 11, random.ints(size, 0, 30).toArray(),
                    random.ints(size).toArray(), random.ints(size, -3, 3).toArray(),
                    random.ints(size, 0, 30).toArray(), weights);
            coded(TestStores.targets(tokens, header, TestStores.logits(random, size, 30)), header);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 30, Integer.MIN_VALUE})
    void idsOutsideTheVocabularyAreRefused(int id) {
        var header = TestStores.header(30, 2, false, 4);
        var batch = TestStores.batch(new Random(6), header, 1);
        var targets = TestStores.targets(batch, header, TestStores.logits(new Random(1), 4, 30));
        for (var ids : new int[][] {batch.ids(), batch.targets(), targets.ids()}) {
            int kept = ids[1];
            ids[1] = id;
            assertThatThrownBy(() -> new RowCodec(header).encode(targets, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("token id " + id + " is not one of a vocabulary of 30");
            ids[1] = kept;
        }
        assertThat(new RowCodec(header).encode(targets, 0).highestId())
                .isEqualTo(Math.max(Arrays.stream(targets.ids()).max().orElseThrow(),
                        Arrays.stream(batch.ids()).max().orElseThrow()));
    }
}
