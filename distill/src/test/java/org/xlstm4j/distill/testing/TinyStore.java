package org.xlstm4j.distill.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.data.Tokens;
import org.xlstm4j.distill.targets.Capture;
import org.xlstm4j.distill.targets.TargetBatch;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.targets.TeacherTargets;
import org.xlstm4j.distill.train.TargetSource;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;

/** A small teacher's checkpoint with a store of its targets over random documents, in a folder. */
public record TinyStore(Path folder) {
    public static final int TIME = 11;
    public static final int TOP_K = 4;

    /** Captures into {@code folder}. */
    public static TinyStore in(Path folder) throws IOException {
        try {
            var marker = Objects.requireNonNull(TinyStore.class.getResource("/checkpoint/README.md"));
            var fixtures = Path.of(marker.toURI()).getParent();
            for (var name : List.of("llama3-tied/config.json", "llama3-tied/model.safetensors",
                    "teacher-llama-1m/tokenizer.json")) {
                var source = fixtures.resolve(name);
                Files.copy(source, folder.resolve(source.getFileName().toString()));
            }
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
        var store = new TinyStore(folder);
        Capture.write(store.file(), Checkpoint.open(folder), data(), TOP_K, row -> { });
        return store;
    }

    /** The data of the store, two rows a batch. */
    public static PackedDataset data() {
        var random = new Random(6);
        var documents = new ArrayList<Tokens>();
        for (int i = 0; i < 8; i++) {
            documents.add(new Tokens(random.ints(6 + i % 3, 3, 320).toArray(), 2));
        }
        return new PackedDataset(documents, new PackingOptions(TIME, 2, false, 8));
    }

    private Path file() {
        return folder.resolve("store");
    }

    public TargetStore open() {
        try {
            return TargetStore.open(file());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public CausalLm teacher() {
        try {
            return Checkpoint.open(folder).load();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public CausalLm student() {
        return StudentStart.from(teacher(), new HybridConfig(3, 1, 4));
    }

    /** Some of the store's rows, as one batch. */
    public List<TargetBatch> rows(int... rows) throws IOException {
        try (var store = open()) {
            return List.of(store.read(IntStream.of(rows).boxed().toList()));
        }
    }

    /** The teacher itself over the store's data. */
    public TargetSource live() {
        return TargetSource.of(new TeacherTargets(teacher(), TIME, TOP_K), 2, "tiny", cursor -> data().stream(cursor));
    }
}
