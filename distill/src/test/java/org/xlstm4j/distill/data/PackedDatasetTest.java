package org.xlstm4j.distill.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackedDatasetTest {

    @Test
    void everyDocumentOccursWholeOnceInEveryEpoch() {
        var documents = randomDocuments(300, 2, 20);
        var dataset = new PackedDataset(documents, new PackingOptions(31, 3, false, 7));

        for (var epoch = 0; epoch < 3; epoch++) {
            assertThat(segments(dataset.epoch(epoch))).containsExactlyInAnyOrderElementsOf(
                    documents.stream().map(document -> ints(document.ids())).toList());
        }
        assertThat(dataset.cutDocuments()).isZero();
        assertThat(dataset.epoch(0).density()).isGreaterThan(0.9);
    }

    @Test
    void sameSeedSameBatchesAndEachEpochItsOwnOrder() {
        var documents = randomDocuments(50, 2, 12);
        var dataset = new PackedDataset(documents, new PackingOptions(16, 2, false, 7));
        var again = new PackedDataset(documents, new PackingOptions(16, 2, false, 7));
        var otherSeed = new PackedDataset(documents, new PackingOptions(16, 2, false, 9));

        assertThat(segments(again.epoch(1))).isEqualTo(segments(dataset.epoch(1)));
        assertThat(segments(dataset.epoch(1))).isNotEqualTo(segments(dataset.epoch(0)));
        assertThat(segments(otherSeed.epoch(0))).isNotEqualTo(segments(dataset.epoch(0)));
        assertThat(segments(otherSeed.epoch(0))).isEqualTo(segments(dataset.epoch(2)));
    }

    @ParameterizedTest
    @CsvSource({"2, 1", "8, 1", "9, 2", "15, 2", "16, 3", "22, 3"})
    void longDocumentsAreCutSoThatEveryPredictionIsMadeOnce(int length, int pieces) {
        var document = new Tokens(IntStream.rangeClosed(1, length).toArray(), 0);
        var dataset = new PackedDataset(List.of(document), new PackingOptions(8, 1, false, 0));

        var predictions = new ArrayList<Integer>();
        for (var batch : dataset.epoch(0)) {
            for (var i = 0; i < batch.ids().length; i++) {
                if (batch.weights()[i] > 0) {
                    assertThat(batch.targets()[i]).isEqualTo(batch.ids()[i] + 1);
                    predictions.add(batch.targets()[i]);
                }
            }
        }

        assertThat(predictions).containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(2, length).boxed().toList());
        assertThat(segments(dataset.epoch(0))).hasSize(pieces);
        assertThat(dataset.cutDocuments()).isEqualTo(pieces > 1 ? 1 : 0);
    }

    @Test
    void piecesWithoutLossAreDroppedAndCounted() {
        // Cut to [1..4], [4..7], [7..9]: only the last two hold predictions of the answer 7, 8, 9.
        var document = new Tokens(new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 6);
        var single = new Tokens(new int[] {2}, 0);
        var dataset = new PackedDataset(List.of(document, single), new PackingOptions(4, 1, true, 0));

        assertThat(segments(dataset.epoch(0))).containsExactlyInAnyOrder(List.of(4, 5, 6, 7), List.of(7, 8, 9));
        assertThat(dataset.droppedPieces()).isEqualTo(2);
        assertThat(dataset.epoch(0)).allMatch(batch -> batch.countedTargets() > 0);
    }

    @Test
    void answerOnlyCountsAnswerAndEndToken() {
        var encoding = EncodingTest.characters(1);
        var documents = encoding.documents(List.of(new Document("abc", "de"), Document.text("xy")));

        assertThat(counted(documents, true)).isEqualTo(3 + 3);
        assertThat(counted(documents, false)).isEqualTo(6 + 3);
    }

    @Test
    void nothingToLearnFromIsAnError() {
        assertThatThrownBy(() -> new PackedDataset(List.of(), new PackingOptions(8, 1, false, 0)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("nothing to learn from");
        assertThatThrownBy(() -> new PackingOptions(1, 1, false, 0)).hasMessageContaining("time must be 2 or more");
        assertThatThrownBy(() -> new PackingOptions(8, 0, false, 0)).hasMessageContaining("batch must be 1");
    }

    @Test
    void batchOfTheWrongSizeIsRefused() {
        assertThatThrownBy(() -> new PackedBatch(2, 3, new int[6], new int[6], new int[6], new int[5], new float[6]))
                .hasMessage("targets has 5 entries, not batch 2 · time 3");
    }

    private static int counted(List<Tokens> documents, boolean answerOnly) {
        return new PackedDataset(documents, new PackingOptions(16, 2, answerOnly, 0)).epoch(0).batch(0)
                .countedTargets();
    }

    private static List<Tokens> randomDocuments(int count, int shortest, int longest) {
        var random = new Random(5);
        return IntStream.range(0, count)
                .mapToObj(i -> new Tokens(random.ints(random.nextInt(shortest, longest + 1), 1, 100).toArray(), 0))
                .toList();
    }

    /** The ids of every segment, in the order of the batches. */
    private static List<List<Integer>> segments(Epoch epoch) {
        var segments = new ArrayList<List<Integer>>();
        for (var batch : epoch) {
            for (var i = 0; i < batch.ids().length; i++) {
                if (batch.segments()[i] > 0) {
                    if (batch.positions()[i] == 0) {
                        segments.add(new ArrayList<>());
                    }
                    segments.get(segments.size() - 1).add(batch.ids()[i]);
                }
            }
        }
        return segments;
    }

    private static List<Integer> ints(int[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
