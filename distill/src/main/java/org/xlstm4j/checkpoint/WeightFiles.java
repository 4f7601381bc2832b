package org.xlstm4j.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where a checkpoint's weights lie.
 *
 * @param shards the files, in name order
 * @param index  tensor name → file, as the index says; empty for a single file
 */
record WeightFiles(Set<Path> shards, Map<String, Path> index) {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = SINGLE + ".index.json";

    static WeightFiles find(Path folder) throws IOException {
        var single = folder.resolve(SINGLE);
        if (Files.isRegularFile(single)) {
            return new WeightFiles(Set.of(single), Map.of());
        }
        var index = folder.resolve(INDEX);
        if (!Files.isRegularFile(index)) {
            throw new CheckpointException(folder + " has neither " + SINGLE + " nor " + INDEX
                    + "; save the model as safetensors first if it has other weight files");
        }
        return sharded(folder, index);
    }

    private static WeightFiles sharded(Path folder, Path indexFile) throws IOException {
        var map = new Settings(Json.readObject(indexFile), indexFile).object("weight_map");
        var index = new LinkedHashMap<String, Path>();
        for (var entry : map.json().properties()) {
            index.put(entry.getKey(), shard(folder, indexFile, entry.getKey(), map.text(entry.getKey())));
        }
        if (index.isEmpty()) {
            throw new CheckpointException(indexFile + ": 'weight_map' is empty");
        }
        var shards = new TreeSet<>(index.values());
        var missing = shards.stream().filter(file -> !Files.isRegularFile(file)).map(Path::getFileName).toList();
        if (!missing.isEmpty()) {
            throw new CheckpointException(
                    indexFile + " names shards that are not there: " + missing + "; is the download complete?");
        }
        return new WeightFiles(shards, index);
    }

    private static Path shard(Path folder, Path indexFile, String tensor, String name) throws CheckpointException {
        try {
            var relative = Path.of(name).normalize();
            if (!relative.isAbsolute() && !relative.startsWith("..") && !relative.toString().isEmpty()) {
                return folder.resolve(relative);
            }
        } catch (InvalidPathException e) {
            throw new CheckpointException(indexFile + ": '" + name + "' is not a file name", e);
        }
        throw new CheckpointException(
                indexFile + ": tensor '" + tensor + "' lies outside the checkpoint, in '" + name + "'");
    }
}
