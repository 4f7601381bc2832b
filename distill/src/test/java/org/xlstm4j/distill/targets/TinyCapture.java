package org.xlstm4j.distill.targets;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Objects;
import java.util.Random;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.data.Tokens;

/** A real teacher, and documents of random tokens for it. */
final class TinyCapture {
    static final int TIME = 13;
    static final int TOP_K = 5;

    private TinyCapture() {
    }

    static Checkpoint teacher() {
        try {
            var config = TinyCapture.class.getResource("/checkpoint/teacher-llama-1m/config.json");
            return Checkpoint.open(Path.of(Objects.requireNonNull(config).toURI()).getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** So many documents in rows, two a batch. */
    static PackedDataset data(int documents) {
        var random = new Random(4);
        var tokens = new ArrayList<Tokens>();
        for (int i = 0; i < documents; i++) {
            tokens.add(new Tokens(random.ints(4 + i % 7, 3, 700).toArray(), 2));
        }
        return new PackedDataset(tokens, new PackingOptions(TIME, 2, true, 8));
    }
}
