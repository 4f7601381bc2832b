package org.xlstm4j.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * The tokens of a tokenizer.json, which the native library keeps to itself.
 *
 * @param ids  id by token
 * @param size one more than the highest id
 */
record Vocabulary(Map<String, Integer> ids, int size) {

    static Vocabulary read(byte[] content) throws IOException {
        var ids = new HashMap<String, Integer>();
        try (var parser = Json.MAPPER.createParser(content)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                var section = parser.currentName();
                parser.nextToken();
                switch (section) {
                    case "added_tokens" -> readAdded(parser, ids);
                    case "model" -> readModel(parser, ids);
                    default -> parser.skipChildren();
                }
            }
        }
        int size = 1 + ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1);
        return new Vocabulary(Collections.unmodifiableMap(ids), size);
    }

    private static void readAdded(JsonParser parser, Map<String, Integer> ids) throws IOException {
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            JsonNode token = Json.MAPPER.readTree(parser);
            ids.put(token.path("content").asText(), token.path("id").asInt());
        }
    }

    private static void readModel(JsonParser parser, Map<String, Integer> ids) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean vocabulary = parser.currentName().equals("vocab");
            var value = parser.nextToken();
            if (!vocabulary) {
                parser.skipChildren();
            } else if (value == JsonToken.START_OBJECT) {
                readById(parser, ids);
            } else if (value == JsonToken.START_ARRAY) {
                readInOrder(parser, ids);
            }
        }
    }

    /** BPE, WordPiece and WordLevel: token → id. */
    private static void readById(JsonParser parser, Map<String, Integer> ids) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            ids.put(parser.currentName(), parser.nextIntValue(-1));
        }
    }

    /** Unigram: [token, score] in the order of the ids. */
    private static void readInOrder(JsonParser parser, Map<String, Integer> ids) throws IOException {
        for (int id = 0; parser.nextToken() == JsonToken.START_ARRAY; id++) {
            ids.put(parser.nextTextValue(), id);
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                parser.skipChildren();
            }
        }
    }
}
