package org.xlstm4j.generate;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.xlstm4j.checkpoint.Message;
import org.xlstm4j.files.AtomicWrite;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.DecodingState;

/**
 * A prompt that a model has read: {@link TextGenerator#read} makes it, {@link Prompt#after(PromptState)} goes on from
 * it, as often as wanted and in any threads. It is kept as a folder, of the decoding's state and the tokens.
 */
public final class PromptState {
    private static final String STATE = "decoding.state";
    private static final String PROMPT = "prompt.json";

    private final DecodingState decoding;
    private final int[] tokens;
    private final String tokenizer;

    /**
     * @param decoding  of one row
     * @param tokens    what it read
     * @param tokenizer the fingerprint of the tokenizer
     */
    PromptState(DecodingState decoding, int[] tokens, String tokenizer) {
        this.decoding = decoding;
        this.tokens = tokens;
        this.tokenizer = tokenizer;
    }

    /** The state in a folder, for this model. */
    static PromptState read(Path folder, CausalLm model, String tokenizer) throws IOException {
        var file = folder.resolve(PROMPT);
        var tokens = PromptFile.read(file, tokenizer).tokens();
        var decoding = DecodingState.read(folder.resolve(STATE), model);
        if (!Arrays.equals(decoding.lengths(), new int[] {tokens.length})) {
            throw new PromptStateException(file, "has " + tokens.length + " tokens, but " + STATE + " beside it is of "
                    + Arrays.toString(decoding.lengths()) + "; save the prompt again", null);
        }
        return new PromptState(decoding, tokens, tokenizer);
    }

    /** The messages in a folder, which are there if a conversation was saved. */
    static List<Message> readMessages(Path folder, String tokenizer) throws IOException {
        var file = folder.resolve(PROMPT);
        var messages = PromptFile.read(file, tokenizer).messages();
        if (messages == null) {
            throw new PromptStateException(file, "has no messages: it is a prompt's, not a conversation's", null);
        }
        return List.copyOf(messages);
    }

    DecodingState decoding() {
        return decoding;
    }

    /** The tokens that were read. */
    public int[] tokens() {
        return tokens.clone();
    }

    /** Whether {@code others} begin with the tokens that were read. */
    boolean isBeginningOf(int[] others) {
        return others.length >= tokens.length
                && Arrays.equals(others, 0, tokens.length, tokens, 0, tokens.length);
    }

    /** How much memory it takes, in bytes. */
    public long bytes() {
        return decoding.bytes() + (long) Integer.BYTES * tokens.length;
    }

    /**
     * Writes a folder, whole or not at all.
     *
     * @throws FileAlreadyExistsException if {@code folder} exists and is not empty
     */
    public void write(Path folder) throws IOException {
        write(folder, null);
    }

    /** @param messages of the conversation that the prompt is, or null */
    void write(Path folder, List<Message> messages) throws IOException {
        AtomicWrite.folder(folder, inside -> {
            decoding.write(inside.resolve(STATE));
            PromptFile.of(tokens, tokenizer, messages).write(inside.resolve(PROMPT));
        });
    }
}
