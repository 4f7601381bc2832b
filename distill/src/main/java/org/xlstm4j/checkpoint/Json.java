package org.xlstm4j.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** JSON as checkpoints use it: strict, without duplicate names or anything after the end. */
final class Json {
    static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private static final int MAX_BYTES = 100_000_000;

    private Json() {
    }

    /** The object in {@code file}, a checkpoint's; the error names the line where it breaks. */
    static ObjectNode readObject(Path file) throws IOException {
        Links.requireInside(file.toAbsolutePath().getParent(), file);
        if (Files.size(file) > MAX_BYTES) {
            throw new CheckpointException(
                    file + " takes " + Files.size(file) + " bytes; such files take at most " + MAX_BYTES);
        }
        var text = Files.readAllBytes(file);
        LfsPointer.refuse(file, text);
        try {
            var strict = MAPPER.reader(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
            if (strict.readTree(text) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            throw new CheckpointException(file + ": " + problem(e), e);
        }
        throw new CheckpointException(file + " must hold a JSON object");
    }

    static byte[] bytes(ObjectNode object) throws JsonProcessingException {
        return (MAPPER.writeValueAsString(object) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Jackson's complaint in one line, with the place. */
    static String problem(JsonProcessingException e) {
        var line = e.getOriginalMessage().lines().findFirst().orElse("broken JSON");
        var place = e.getLocation();
        return place == null ? line : line + " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")";
    }
}
