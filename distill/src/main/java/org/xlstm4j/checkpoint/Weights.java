package org.xlstm4j.checkpoint;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.safetensors.SafetensorsFile;
import org.xlstm4j.safetensors.SafetensorsWriter;
import org.xlstm4j.safetensors.TensorInfo;

/**
 * The tensors of a checkpoint, whichever shards they lie in; read one at a time, so that a model larger than memory can
 * be worked on.
 */
public final class Weights implements AutoCloseable {
    /** More do not read faster. */
    private static final int MOST_THREADS = 8;

    private final Path folder;
    private final List<SafetensorsFile> shards;
    private final Map<String, SafetensorsFile> shardOf = new LinkedHashMap<>();

    private Weights(Path folder, List<SafetensorsFile> shards) {
        this.folder = folder;
        this.shards = shards;
    }

    /** Opens every shard and holds its header against {@code index}, tensor name → shard; empty for a single file. */
    static Weights open(Path folder, Set<Path> files, Map<String, Path> index) throws IOException {
        var weights = new Weights(folder, new ArrayList<>());
        try {
            for (var file : new LinkedHashSet<>(files)) {
                weights.add(SafetensorsFile.open(file));
            }
            weights.requireIndexed(index);
            return weights;
        } catch (IOException | RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    private void add(SafetensorsFile shard) throws CheckpointException {
        shards.add(shard);
        for (var name : shard.names()) {
            var other = shardOf.putIfAbsent(name, shard);
            if (other != null) {
                throw new CheckpointException(
                        "tensor '" + name + "' is in both " + other.path() + " and " + shard.path());
            }
        }
    }

    private void requireIndexed(Map<String, Path> index) throws CheckpointException {
        for (var entry : index.entrySet()) {
            var shard = shardOf.get(entry.getKey());
            if (shard == null || !shard.path().equals(entry.getValue())) {
                throw new CheckpointException(entry.getValue() + " lacks tensor '" + entry.getKey()
                        + "', which the index places there; is the shard from another checkpoint?");
            }
        }
    }

    /** Names of the tensors, shard by shard in the order of their bytes. */
    public Set<String> names() {
        return Collections.unmodifiableSet(shardOf.keySet());
    }

    /**
     * Type and shape of tensor {@code name}.
     *
     * @throws NoSuchElementException if there is none of that name
     */
    public TensorInfo info(String name) {
        return shard(name).info(name);
    }

    /** Tensor {@code name} as a new float32 array, as {@link SafetensorsFile#readFloat32}. */
    public INDArray readFloat32(String name) throws IOException {
        return shard(name).readFloat32(name);
    }

    /**
     * Several tensors as new float32 arrays by name, read and converted side by side.
     *
     * @throws IOException if one cannot be read; those already read are let go
     */
    public Map<String, INDArray> readFloat32(Collection<String> names) throws IOException {
        var threads = Executors.newFixedThreadPool(
                Math.min(MOST_THREADS, 2 * Runtime.getRuntime().availableProcessors()));
        var reads = new LinkedHashMap<String, Future<INDArray>>();
        try {
            names.forEach(name -> reads.put(name, threads.submit(() -> readFloat32(name))));
            var arrays = new LinkedHashMap<String, INDArray>();
            for (var read : reads.entrySet()) {
                arrays.put(read.getKey(), read.getValue().get());
            }
            return arrays;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io
                    : new IOException(folder + " cannot be read", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while reading " + folder);
        } finally {
            // An interrupt would close the file for all threads.
            reads.values().forEach(read -> read.cancel(false));
            threads.shutdown();
        }
    }

    /** Has {@code writer} copy tensor {@code name}, byte for byte; these weights must be open when it writes. */
    void copy(String name, SafetensorsWriter writer) {
        writer.copy(name, shard(name));
    }

    /** Whether two tensors hold the same bytes. */
    boolean sameBytes(String one, String other) throws IOException {
        var first = info(one);
        var second = info(other);
        if (first.dtype() != second.dtype() || first.bytes() != second.bytes()) {
            return false;
        }
        int step = 1 << 30;
        for (long offset = 0; offset < first.bytes(); offset += step) {
            int count = (int) Math.min(step, first.bytes() - offset);
            ByteBuffer bytes = shard(one).bytes(one, offset, count);
            if (bytes.mismatch(shard(other).bytes(other, offset, count)) >= 0) {
                return false;
            }
        }
        return true;
    }

    private SafetensorsFile shard(String name) {
        var shard = shardOf.get(name);
        if (shard == null) {
            throw new NoSuchElementException(folder + " has no tensor '" + name + "'");
        }
        return shard;
    }

    /** Closes every shard. */
    @Override
    public void close() throws IOException {
        for (var shard : shards) {
            shard.close();
        }
    }
}
