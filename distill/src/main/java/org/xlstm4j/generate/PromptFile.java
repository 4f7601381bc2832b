package org.xlstm4j.generate;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.xlstm4j.checkpoint.Message;
import org.xlstm4j.files.AtomicWrite;

/**
 * What stands in a saved prompt's JSON file.
 *
 * @param format    {@value #FORMAT}
 * @param tokenizer the fingerprint of the tokenizer
 * @param tokens    of the prompt
 * @param messages  of the conversation, where it is one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record PromptFile(String format, String tokenizer, int[] tokens, List<Message> messages) {
    private static final String FORMAT = "xlstm4j-prompt-1";
    private static final ObjectMapper JSON = new ObjectMapper();

    static PromptFile of(int[] tokens, String tokenizer, List<Message> messages) {
        return new PromptFile(FORMAT, tokenizer, tokens, messages);
    }

    void write(Path file) throws IOException {
        var bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(this));
        AtomicWrite.file(file, channel -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /** @throws PromptStateException if it is broken, or another tokenizer's */
    static PromptFile read(Path file, String tokenizer) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new PromptStateException(file, "is not there: give the folder of a saved prompt", null);
        }
        try {
            var read = JSON.readValue(Files.readAllBytes(file), PromptFile.class);
            if (!FORMAT.equals(read.format) || read.tokens == null) {
                throw new PromptStateException(file, "is no saved prompt of the format " + FORMAT, null);
            }
            if (!tokenizer.equals(read.tokenizer)) {
                throw new PromptStateException(file,
                        "was saved with another tokenizer; read the prompt again with this model", null);
            }
            return read;
        } catch (JsonProcessingException e) {
            throw new PromptStateException(file, "is broken; save the prompt again: " + e.getOriginalMessage(), e);
        }
    }
}
