package org.xlstm4j.generate;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xlstm4j.checkpoint.Message;

/**
 * A dialogue that goes on, by the checkpoint's chat template. Where the model stands after an answer is kept, so that a
 * turn costs no more than its own tokens, as long as the template leaves earlier turns as they were and the answer's
 * text is made of the tokens that it came in. Otherwise more is read again, and nothing else changes. For one thread
 * at a time.
 */
public final class Conversation {
    private static final String SYSTEM = "system";
    private static final String USER = "user";
    private static final String ASSISTANT = "assistant";

    private final TextGenerator generator;
    private final List<Message> start;
    private final List<Message> messages;
    /** What was read last: up to the latest answer and through it; the longest that a turn extends is gone on from. */
    private List<PromptState> states = List.of();

    /** @param start what stands before all turns, such as a system message */
    Conversation(TextGenerator generator, List<Message> start) {
        this.generator = generator;
        this.start = List.copyOf(start);
        this.messages = new ArrayList<>(start);
    }

    /** @param state where the model stands in them */
    Conversation(TextGenerator generator, List<Message> messages, PromptState state) {
        this.generator = generator;
        this.start = messages.stream().takeWhile(message -> message.role().equals(SYSTEM)).toList();
        this.messages = new ArrayList<>(messages);
        this.states = List.of(state);
    }

    /** All messages so far. */
    public List<Message> messages() {
        return List.copyOf(messages);
    }

    /** The answer to what the user says; both are part of the conversation then. */
    public Generation say(String text, GenerationOptions options) {
        return say(new Message(USER, text), options, TokenListener.NONE);
    }

    /** The answer to what the user says, telling of every token; both are part of the conversation then. */
    public Generation say(String text, GenerationOptions options, TokenListener listener) {
        return say(new Message(USER, text), options, listener);
    }

    /**
     * The answer to a message of any role. An answer that is cancelled is kept as far as it came. It has fewer tokens
     * than the options allow where the model's positions end before.
     *
     * @throws IllegalArgumentException if the template refuses it or the model has no positions left; the conversation
     *                                  is as it was
     */
    public Generation say(Message message, GenerationOptions options, TokenListener listener) {
        var asked = new ArrayList<>(messages);
        asked.add(message);
        var tokens = generator.tokens(Prompt.chat(asked));
        var prompt = read(tokens).map(state -> Prepared.continued(state, tokens)).orElseGet(() -> Prepared.of(tokens));
        int most = (int) Math.min(options.maxNewTokens(), generator.positionsAfter(tokens.length));
        if (most < 1) {
            throw new IllegalArgumentException("the conversation has " + tokens.length + " tokens, all that the model"
                    + " has positions for; begin a new one");
        }
        var answered = generator.answer(prompt, options.withMaxNewTokens(most), listener);
        states = answered.states();
        messages.add(message);
        messages.add(new Message(ASSISTANT, answered.generation().text()));
        return answered.generation();
    }

    /** Where to go on from: the state with the most of these tokens. */
    private Optional<PromptState> read(int[] tokens) {
        return states.stream().filter(state -> state.isBeginningOf(tokens)).findFirst();
    }

    /** How many of a turn's tokens are read already. */
    int tokensRead(int[] tokens) {
        return read(tokens).map(state -> state.tokens().length).orElse(0);
    }

    /** Forgets all turns; what stands before them stays. */
    public void reset() {
        messages.clear();
        messages.addAll(start);
        states = List.of();
    }

    /**
     * Writes the conversation, and where the model stands in it, as a folder, whole or not at all.
     *
     * @throws IllegalStateException if nothing was said yet
     * @throws FileAlreadyExistsException if {@code folder} exists and is not empty
     */
    public void write(Path folder) throws IOException {
        if (states.isEmpty()) {
            throw new IllegalStateException("nothing was said yet that could be saved");
        }
        states.get(0).write(folder, messages);
    }
}
