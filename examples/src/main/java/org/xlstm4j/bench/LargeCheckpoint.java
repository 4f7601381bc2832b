package org.xlstm4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.ops.rope.RopeSpec;
import org.xlstm4j.safetensors.DType;
import org.xlstm4j.safetensors.SafetensorsWriter;

/** Checkpoints of any size in the shape of Llama 3.2, of random bfloat16 weights in shards of 2 GB, to be loaded. */
public final class LargeCheckpoint {
    private static final int VOCAB_SIZE = 128_256;
    private static final int HIDDEN_SIZE = 3072;
    private static final int INTERMEDIATE_SIZE = 8192;
    private static final int HEADS = 24;
    private static final int KEY_VALUE_HEADS = 8;
    private static final int HEAD_DIM = 128;
    private static final int POSITIONS = 8192;
    private static final double ROPE_THETA = 500_000;
    private static final double EPS = 1e-5;
    private static final long SHARD_BYTES = 2_000_000_000L;
    /** Random numbers that weights repeat. */
    private static final int DIFFERENT = 1 << 20;

    private LargeCheckpoint() {
    }

    /**
     * Writes one.
     *
     * @param folder to create
     * @param bytes  of its tensors, about: as many layers as come closest
     */
    public static void write(Path folder, long bytes) throws IOException {
        var config = config(bytes);
        Files.createDirectories(folder.toAbsolutePath().getParent());
        Files.createDirectory(folder);
        var random = Nd4j.rand(DataType.FLOAT, DIFFERENT).subi(0.5).muli(0.05);
        var writer = new SafetensorsWriter().metadata("format", "pt");
        config.parameterShapes().forEach((name, shape) ->
                writer.add(name, DType.BF16, shape, () -> GraphInputs.repeated(random, shape)));
        writer.writeShards(folder, SHARD_BYTES);
        Files.write(folder.resolve("config.json"), LlamaJson.of(config, DType.BF16));
    }

    private static ModelConfig config(long bytes) {
        long layer = bytes(config(2)) - bytes(config(1));
        return config(Math.toIntExact(Math.max(1, 1 + Math.round((double) (bytes - bytes(config(1))) / layer))));
    }

    private static ModelConfig config(int layers) {
        return new ModelConfig("llama", VOCAB_SIZE, HIDDEN_SIZE, INTERMEDIATE_SIZE, layers, HEADS, KEY_VALUE_HEADS,
                HEAD_DIM, POSITIONS, EPS, RopeSpec.of(HEAD_DIM, ROPE_THETA), true, Optional.empty());
    }

    private static long bytes(ModelConfig config) {
        return DType.BF16.bytes() * config.parameterShapes().values().stream()
                .mapToLong(shape -> Arrays.stream(shape).reduce(1, Math::multiplyExact)).sum();
    }
}
