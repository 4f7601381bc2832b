package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.model.CausalLm;

/** Checkpoints that transformers saved, and copies of them to break. */
public final class Fixtures {
    public static final Path TIED = folder("llama3-tied");
    public static final Path SHARDED = folder("llama31-ropescaled");
    public static final Path TEACHER = folder("teacher-llama-1m");

    private Fixtures() {
    }

    /** The checkpoint of that name. */
    public static Path folder(String name) {
        try {
            var marker = Fixtures.class.getResource("/checkpoint/" + name + "/config.json");
            return Path.of(Objects.requireNonNull(marker, name).toURI()).getParent();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A copy of {@code folder} under {@code temporary}. */
    public static Path copy(Path folder, Path temporary) throws IOException {
        var target = Files.createDirectory(temporary.resolve(folder.getFileName().toString()));
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName().toString()));
            }
        }
        return target;
    }

    /** The elements, row-major; ND4J's own equality allows differences. */
    public static float[] floats(INDArray array) {
        return array.dup('c').data().asFloat();
    }

    /** Replaces {@code old}, which must occur, in a text file. */
    public static void edit(Path file, String old, String replacement) throws IOException {
        var text = Files.readString(file);
        if (!text.contains(old)) {
            throw new IllegalArgumentException(file + " has no " + old);
        }
        Files.writeString(file, text.replace(old, replacement));
    }

    /** Asserts that two models are the same, bit for bit. */
    public static void assertSameBits(CausalLm actual, CausalLm expected) {
        assertThat(actual.config()).isEqualTo(expected.config());
        expected.parameters().forEach((name, array) ->
                assertThat(floats(actual.parameters().get(name))).as(name).isEqualTo(floats(array)));
    }
}
