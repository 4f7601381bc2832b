package org.xlstm4j.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.xlstm4j.files.AtomicWrite;

/** The files and folders that commands write. */
final class Outputs {
    private static final ObjectMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Outputs() {
    }

    /** Refuses, before the work is done, a target folder that could not be written after it. */
    static void requireFree(Path target) throws IOException {
        if (Files.isDirectory(target)) {
            try (var entries = Files.list(target)) {
                if (entries.findAny().isEmpty()) {
                    requireWritable(target);
                    return;
                }
            }
        }
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        requireWritable(target);
    }

    private static void requireWritable(Path target) throws IOException {
        var folder = target.toAbsolutePath().getParent();
        while (folder != null && !Files.exists(folder)) {
            folder = folder.getParent();
        }
        if (folder != null && !(Files.isDirectory(folder) && Files.isWritable(folder))) {
            throw new IOException(target + " cannot be created, for " + folder + " cannot be written to: change its"
                    + " permissions or choose another place");
        }
    }

    /** The JSON in {@code file}. */
    static JsonNode readJson(Path file) throws IOException {
        return JSON.readTree(Files.readAllBytes(file));
    }

    /** {@code value} as indented JSON text. */
    static String json(Object value) throws IOException {
        return JSON.writeValueAsString(value);
    }

    /** Writes {@code value} as JSON, whole or not at all. */
    static void writeJson(Path file, Object value) throws IOException {
        write(file, JSON.writeValueAsBytes(value));
    }

    /** Writes a file, whole or not at all, and the folders above it. */
    static void write(Path file, byte[] content) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        AtomicWrite.bytes(file, content);
    }
}
