package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.safetensors.DType;

class TargetStoreTest {
    private static final int ROWS = 7;

    @TempDir
    private Path folder;

    /** A store of ids below {@code highest}, which occurs, from a vocabulary that may be larger. */
    private TargetStore store(StoreHeader header, int highest) throws IOException {
        var file = folder.resolve("store" + header.hashCode());
        var random = new Random(4);
        try (var writer = TargetStoreWriter.open(file, header)) {
            var batch = TestStores.batch(random, header, ROWS);
            Arrays.setAll(batch.ids(), t -> Math.min(batch.ids()[t], highest));
            Arrays.setAll(batch.targets(), t -> Math.min(batch.targets()[t], highest));
            var logits = TestStores.logits(random, ROWS * header.time(), header.vocabSize());
            for (int i = 0; i < logits.length; i++) {
                int id = i % header.vocabSize();
                logits[i] = id > highest ? -1000 : id == highest ? 20 : logits[i];
            }
            writer.append(batch, logits);
            writer.finish();
        }
        return TargetStore.open(file);
    }

    private static StoreHeader header(String teacher, String tokenizer, int vocabSize) {
        return new StoreHeader(StoreHeader.FORMAT, teacher, tokenizer, vocabSize, 3, StoreHeader.VALUES, false, "data",
                5, false, 1);
    }

    @Test
    void epochsVisitEveryRowInTheirOwnOrder() throws IOException {
        try (var opened = store(header("a", "b", 20), 19)) {
            int rows = opened.rows();
            assertThat(rows).isEqualTo(ROWS);
            var first = opened.epoch(1, 3, 0);
            assertThat(first.stream().flatMap(List::stream).sorted().toList())
                    .isEqualTo(IntStream.range(0, rows).boxed().toList());
            assertThat(opened.epoch(1, 3, 0)).isEqualTo(first);
            assertThat(IntStream.range(1, 9).mapToObj(epoch -> opened.epoch(1, 3, epoch)).toList())
                    .anyMatch(order -> !order.equals(first));
            assertThat(opened.epoch(rows - 1, 3, 0)).singleElement().asList().hasSize(rows - 1);
            assertThatThrownBy(() -> opened.epoch(rows + 1, 3, 0)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a batch of " + (rows + 1) + " rows");
        }
    }

    @Test
    void theOrderIsThatOfAShuffledList() throws IOException {
        try (var opened = store(header("a", "b", 20), 19)) {
            var order = new ArrayList<>(IntStream.range(0, ROWS).boxed().toList());
            Collections.shuffle(order, new Random(5 + 2));
            assertThat(opened.epoch(2, 5, 2))
                    .containsExactly(order.subList(0, 2), order.subList(2, 4), order.subList(4, 6));
        }
    }

    @Test
    void vocabulariesMayBePaddedOnEitherSide() throws IOException {
        var student = TinyCapture.teacher();
        int known = student.config().vocabSize();
        String tokenizer;
        try (var opened = student.tokenizer()) {
            tokenizer = opened.fingerprint();
        }
        for (int width : new int[] {known - 100, known, known + 100}) {
            try (var opened = store(header("a", tokenizer, width), Math.min(width, known) - 1)) {
                opened.requireFits(student);
            }
        }
        try (var opened = store(header("other", tokenizer, known + 100), known + 3)) {
            assertThatThrownBy(() -> opened.requireFits(student)).isInstanceOf(TargetStoreException.class)
                    .hasMessageContaining("holds token " + (known + 3) + " of a vocabulary of " + (known + 100))
                    .hasMessageContaining("knows " + known);
        }
        try (var opened = store(header("a", "another", known), known - 1)) {
            assertThatThrownBy(() -> opened.requireFits(student)).isInstanceOf(TargetStoreException.class)
                    .hasMessageContaining("another tokenizer");
        }
    }

    @Test
    void aStudentOfAnotherTeacherIsRefusedUnlessAllowed() throws IOException {
        var teacher = TinyCapture.teacher();
        var model = StudentStart.from(teacher.load(), new HybridConfig(3, 1, 4));
        var start = Checkpoint.write(folder.resolve("start"), model, teacher, DType.F32);
        // Written once more, as a stage of training does.
        var student = Checkpoint.write(folder.resolve("student"), model, start, DType.F32);
        assertThat(student.teacher()).contains(teacher.fingerprint());
        assertThat(teacher.teacher()).isEmpty();
        String tokenizer;
        try (var opened = student.tokenizer()) {
            tokenizer = opened.fingerprint();
        }
        try (var own = store(header(teacher.fingerprint(), tokenizer, 768), 767)) {
            own.requireFits(student);
        }
        try (var other = store(header("0123", tokenizer, 768), 767)) {
            assertThatThrownBy(() -> other.requireFits(student)).isInstanceOf(TargetStoreException.class)
                    .hasMessageContaining("from another teacher (0123)").hasMessageContaining(teacher.fingerprint());
            other.requireFits(student, true);
            other.requireFits(teacher);
        }
    }
}
