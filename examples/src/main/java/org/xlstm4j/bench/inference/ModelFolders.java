package org.xlstm4j.bench.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.xlstm4j.bench.LlamaJson;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.safetensors.DType;
import org.xlstm4j.safetensors.SafetensorsWriter;

/**
 * Teacher and student as checkpoints of float32, which processes load.
 *
 * @param teacher    the teacher's folder
 * @param student    that of the student that its distillation starts from
 * @param config     the teacher's architecture
 * @param parameters the teacher's
 */
public record ModelFolders(Path teacher, Path student, ModelConfig config, long parameters) {
    private static final double DEVIATION = 0.02;
    private static final long SHARD_BYTES = 5_000_000_000L;

    /** Writes both below {@code folder}, the teacher's weights random. */
    public static ModelFolders random(Path folder, ModelConfig teacher, HybridConfig hybrid, long seed)
            throws IOException {
        var model = CausalLm.random(teacher, DEVIATION, seed);
        var target = Files.createDirectories(folder).resolve(Subject.TEACHER.text());
        Files.createDirectory(target);
        Files.write(target.resolve("config.json"), LlamaJson.of(teacher, DType.F32));
        var writer = new SafetensorsWriter().metadata("format", "pt");
        model.parameters().forEach((name, array) -> writer.add(name, DType.F32, array.shape(), () -> array));
        writer.writeShards(target, SHARD_BYTES);
        return withStudent(folder, model, Checkpoint.open(target), hybrid);
    }

    /**
     * Writes both below {@code folder}.
     *
     * @param teacher a checkpoint of any type of weights
     * @throws IllegalArgumentException if it is a student
     */
    public static ModelFolders of(Path folder, Checkpoint teacher, HybridConfig hybrid) throws IOException {
        if (teacher.config().isStudent()) {
            throw new IllegalArgumentException(teacher.folder() + " is a student: give its teacher, of which the student "
                    + "is made");
        }
        Files.createDirectories(folder);
        var model = teacher.load();
        return withStudent(folder, model, Checkpoint.write(folder.resolve(Subject.TEACHER.text()), model, teacher,
                DType.F32), hybrid);
    }

    private static ModelFolders withStudent(Path folder, CausalLm teacher, Checkpoint written, HybridConfig hybrid)
            throws IOException {
        var student = Checkpoint.write(folder.resolve(Subject.STUDENT.text()), StudentStart.from(teacher, hybrid),
                written, DType.F32);
        return new ModelFolders(written.folder(), student.folder(), teacher.config(), teacher.parameterCount())
                .deletedOnExit();
    }

    /** Deletes both, and the folder that they are in. */
    public void delete() throws IOException {
        for (var path : all().toList()) {
            Files.delete(path);
        }
    }

    /** Has them deleted where the process ends before {@link #delete}. */
    private ModelFolders deletedOnExit() throws IOException {
        // The last to be named is the first to go.
        all().sorted().forEach(path -> path.toFile().deleteOnExit());
        return this;
    }

    /** All files and folders, what is inside before what it is in. */
    private Stream<Path> all() throws IOException {
        try (var paths = Files.walk(teacher.getParent())) {
            return paths.sorted(Comparator.reverseOrder()).toList().stream();
        }
    }
}
