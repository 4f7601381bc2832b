package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.checkpoint.Checkpoint;

class StoreAssemblyTest {
    private static final CaptureOptions OPTIONS = CaptureOptions.of(TinyCapture.TOP_K).withThreads(1);

    @TempDir
    private static Path shared;
    private static Checkpoint teacher;
    private static CaptureSource source;
    private static StoreHeader header;
    private static List<CaptureShard> shards;
    private static Path whole;

    @TempDir
    private Path folder;
    private Path target;

    @BeforeAll
    static void capture() throws IOException {
        teacher = TinyCapture.teacher();
        source = CaptureSource.of(TinyCapture.data(31));
        header = Capture.header(teacher, source, OPTIONS);
        shards = CaptureShard.cut(source, 3);
        whole = shared.resolve("store");
        Capture.write(whole, teacher, source, OPTIONS, row -> { });
        for (var shard : shards) {
            Capture.write(shard.file(whole), teacher, shard.of(source), OPTIONS, row -> { });
        }
    }

    @BeforeEach
    void copyShards() throws IOException {
        target = folder.resolve("store");
        for (var shard : shards) {
            Files.copy(shard.file(whole), shard.file(target));
        }
    }

    @Test
    void shardsCoverEveryRowOnce() throws IOException {
        assertThat(shards).hasSize(3);
        int next = 0;
        for (var shard : shards) {
            assertThat(shard.firstRow()).isEqualTo(next);
            next += shard.rows();
        }
        assertThat(next).isEqualTo(source.rows().getAsInt());
        assertThat(CaptureShard.cut(source, 1)).singleElement().extracting(CaptureShard::rows).isEqualTo(next);
        int batches = (next + 1) / 2;
        assertThat(CaptureShard.cut(source, 1000)).hasSize(batches);
    }

    @Test
    void aLimitCutsTheLastShard() throws IOException {
        var five = new CaptureSource(source.opening(), source.fingerprint(), source.packing(), OptionalInt.of(5));
        assertThat(CaptureShard.cut(five, 2)).extracting(CaptureShard::firstRow, CaptureShard::rows)
                .containsExactly(tuple(0, 2), tuple(2, 3));
    }

    @Test
    void theStoreIsThatOfOneCapture() throws IOException {
        StoreAssembly.write(target, header, shards, row -> { });
        assertThat(target).hasSameBinaryContentAs(whole);
        assertThat(folder).isDirectoryNotContaining(file -> !file.equals(target));
    }

    @Test
    void anEndedAssemblyIsGoneOnWith() throws IOException {
        var bytes = Files.readAllBytes(whole);
        for (int length : new int[] {0, 7, bytes.length / 5, bytes.length / 2, bytes.length - 1}) {
            Files.write(TargetStoreWriter.part(target), Arrays.copyOf(bytes, length));
            var missing = StoreAssembly.missing(target, header, shards);
            assertThat(missing).isEqualTo(shards.subList(3 - missing.size(), 3));
            for (var shard : missing) {
                Files.copy(shard.file(whole), shard.file(target), StandardCopyOption.REPLACE_EXISTING);
            }
            StoreAssembly.write(target, header, shards, row -> { });
            assertThat(target).hasSameBinaryContentAs(whole);
            Files.delete(target);
        }
    }

    @Test
    void refusesAnotherStoresShard() throws IOException {
        var other = CaptureSource.of(TinyCapture.data(30));
        Files.delete(shards.get(1).file(target));
        var shard = CaptureShard.cut(other, 3).get(1);
        Capture.write(shards.get(1).file(target), teacher, shard.of(other), OPTIONS, row -> { });
        assertThatThrownBy(() -> StoreAssembly.write(target, header, shards, row -> { }))
                .isInstanceOf(TargetStoreException.class).hasMessageContaining("capture again");
        assertThatThrownBy(() -> shards.get(1).isCaptured(target, header)).isInstanceOf(TargetStoreException.class);
        assertThat(shards.get(0).isCaptured(target.resolveSibling("other"), header)).isFalse();
        assertThat(shards.get(2).isCaptured(target, header)).isTrue();
        assertThat(target).doesNotExist();
        assertThat(shards.get(2).file(target)).exists();
    }

    @Test
    void namesADamagedShardsRow() throws IOException {
        var file = shards.get(1).file(target);
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 4;
        Files.write(file, bytes);
        assertThatThrownBy(() -> StoreAssembly.write(target, header, shards, row -> { }))
                .isInstanceOf(TargetStoreException.class).hasMessageContaining(file.getFileName().toString());
    }

    @Test
    void refusesAGap() {
        assertThatThrownBy(() -> StoreAssembly.write(target, header, shards.subList(1, 3), row -> { }))
                .isInstanceOf(TargetStoreException.class).hasMessageContaining("in order");
    }

    @Test
    void refusesWhatTheDiskCannotTake() throws IOException {
        var huge = List.of(new CaptureShard(shards.get(1).start(), 1_000_000, Integer.MAX_VALUE));
        var wide = new StoreHeader(header.format(), "t", "t", 200_000, 4096, header.values(), false, "d", 8192,
                false, 1);
        assertThatThrownBy(() -> StoreAssembly.requireSpace(target, wide, huge))
                .isInstanceOf(TargetStoreException.class).hasMessageContaining("the disk has");
        StoreAssembly.requireSpace(target, wide, shards);
    }

    @Test
    void refusesNoShards() {
        assertThatIllegalArgumentException().isThrownBy(() -> CaptureShard.cut(source, 0));
    }
}
