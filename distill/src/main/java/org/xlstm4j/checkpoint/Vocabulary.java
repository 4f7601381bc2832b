package org.xlstm4j.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * The tokens of a tokenizer.json, which the native library keeps to itself.
 *
 * @param ids      id by token
 * @param tokens   token by id, null where there is none
 * @param special  ids of the tokens that are left out of texts
 * @param decoder  how tokens become text, as the file has it
 */
record Vocabulary(Map<String, Integer> ids, String[] tokens, BitSet special, JsonNode decoder) {

    static Vocabulary read(byte[] content) throws IOException {
        var ids = new HashMap<String, Integer>();
        var added = new HashMap<Integer, String>();
        var special = new BitSet();
        JsonNode decoder = MissingNode.getInstance();
        try (var parser = Json.MAPPER.createParser(content)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                var section = parser.currentName();
                parser.nextToken();
                switch (section) {
                    case "added_tokens" -> readAdded(parser, added, special);
                    case "model" -> readModel(parser, ids);
                    case "decoder" -> decoder = Json.MAPPER.readTree(parser);
                    default -> parser.skipChildren();
                }
            }
        }
        int size = 1 + Math.max(ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1),
                added.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1));
        var tokens = new String[size];
        ids.forEach((token, id) -> tokens[id] = token);
        added.forEach((id, token) -> {
            tokens[id] = token;
            ids.put(token, id);
        });
        return new Vocabulary(Collections.unmodifiableMap(ids), tokens, special, decoder);
    }

    /** One more than the highest id. */
    int size() {
        return tokens.length;
    }

    private static void readAdded(JsonParser parser, Map<Integer, String> added, BitSet special) throws IOException {
        while (parser.nextToken() == JsonToken.START_OBJECT) {
            JsonNode token = Json.MAPPER.readTree(parser);
            int id = token.path("id").asInt();
            added.put(id, token.path("content").asText());
            special.set(id, token.path("special").asBoolean());
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
