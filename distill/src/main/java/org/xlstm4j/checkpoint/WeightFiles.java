package org.xlstm4j.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.xlstm4j.safetensors.SafetensorsWriter;

/**
 * Where a checkpoint's weights lie.
 *
 * @param shards the files, in name order
 * @param index  tensor name → file, as the index says; empty for a single file
 */
record WeightFiles(Set<Path> shards, Map<String, Path> index) {
    static final String SINGLE = SafetensorsWriter.SINGLE_FILE;
    static final String INDEX = SafetensorsWriter.INDEX_FILE;
    private static final String SUFFIX = ".safetensors";
    private static final String PICKLED = "pickled weights, which can run code when they are read, and so are not;"
            + " save the model as safetensors first";

    static WeightFiles find(Path folder) throws IOException {
        var single = folder.resolve(SINGLE);
        if (Files.isRegularFile(single)) {
            Links.requireInside(folder, single);
            return new WeightFiles(Set.of(single), Map.of());
        }
        var index = folder.resolve(INDEX);
        if (!Files.isRegularFile(index)) {
            throw new CheckpointException(folder + " has neither " + SINGLE + " nor " + INDEX + others(folder));
        }
        return sharded(folder, index);
    }

    private static String others(Path folder) throws IOException {
        var pickles = new ArrayList<String>();
        try (var files = Files.newDirectoryStream(folder, "*.{bin,pt,pth,ckpt,pkl}")) {
            files.forEach(file -> pickles.add(file.getFileName().toString()));
        }
        pickles.sort(null);
        return pickles.isEmpty() ? "; save the model as safetensors first if it has other weight files"
                : ", only " + String.join(", ", pickles) + ": " + PICKLED;
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
        var missing = shards.stream().filter(file -> !Files.isRegularFile(file)).map(folder::relativize).toList();
        if (!missing.isEmpty()) {
            throw new CheckpointException(
                    indexFile + " names shards that are not there: " + missing + "; is the download complete?");
        }
        for (var file : shards) {
            Links.requireInside(folder, file);
        }
        return new WeightFiles(shards, index);
    }

    private static Path shard(Path folder, Path indexFile, String tensor, String name) throws CheckpointException {
        var relative = relative(indexFile, name);
        if (relative.isAbsolute() || relative.startsWith("..") || relative.toString().isEmpty()) {
            throw new CheckpointException(
                    indexFile + ": tensor '" + tensor + "' lies outside the checkpoint, in '" + name + "'");
        }
        if (!name.endsWith(SUFFIX)) {
            throw new CheckpointException(indexFile + ": tensor '" + tensor + "' lies in '" + name + "', not in a "
                    + SUFFIX + " file; .bin and .pt hold " + PICKLED);
        }
        return folder.resolve(relative);
    }

    private static Path relative(Path indexFile, String name) throws CheckpointException {
        try {
            return Path.of(name).normalize();
        } catch (InvalidPathException e) {
            throw new CheckpointException(indexFile + ": '" + name + "' is not a file name", e);
        }
    }
}
