package org.xlstm4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.CheckpointException;
import org.xlstm4j.checkpoint.Tokenizer;
import org.xlstm4j.distill.data.Encoding;

/**
 * The tokens that begin and end a text.
 *
 * @param begin the begin token's id, or {@link Encoding#NO_BOS} for models that have none
 * @param ends  ids of the end tokens, at least one; training texts end with the first
 */
record SpecialTokens(int begin, List<Integer> ends) {
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    SpecialTokens {
        ends = List.copyOf(ends);
    }

    /**
     * As the checkpoint's files say: tokenizer_config.json where it speaks of a begin token, config.json otherwise;
     * the end tokens from generation_config.json, or else config.json.
     */
    static SpecialTokens of(Checkpoint checkpoint, Tokenizer tokenizer) throws IOException {
        var ends = checkpoint.endTokens();
        if (ends.isEmpty()) {
            throw new CheckpointException(checkpoint.folder()
                    + ": neither generation_config.json nor config.json has eos_token_id; add it to config.json");
        }
        return new SpecialTokens(begin(checkpoint, tokenizer), ends);
    }

    private static int begin(Checkpoint checkpoint, Tokenizer tokenizer) throws IOException {
        var settings = tokenizerConfig(checkpoint.folder().resolve(TOKENIZER_CONFIG));
        if (!settings.path("add_bos_token").asBoolean(true)) {
            return Encoding.NO_BOS;
        }
        if (settings.has("bos_token")) {
            var token = settings.get("bos_token");
            // Older files spell a token out as an object.
            var text = token.isObject() ? token.path("content") : token;
            return text.isTextual() ? tokenizer.tokenId(text.textValue()) : Encoding.NO_BOS;
        }
        return checkpoint.beginToken().orElse(Encoding.NO_BOS);
    }

    private static JsonNode tokenizerConfig(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return MAPPER.createObjectNode();
        }
        try {
            return MAPPER.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new CheckpointException(file + " is broken: " + e.getOriginalMessage(), e);
        }
    }

    /** Texts to tokens with {@code tokenizer}, between these tokens. */
    Encoding encoding(Tokenizer tokenizer) {
        return new Encoding(tokenizer::encode, tokenizer::decode, begin, ends.get(0));
    }
}
