package org.xlstm4j.generate;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.xlstm4j.checkpoint.Message;

/** What a model is to go on from. */
public sealed interface Prompt {

    /** A text, which the model's begin token is put before. */
    static Prompt text(String text) {
        return new Text(text);
    }

    /** Tokens as they are. */
    static Prompt tokens(int... ids) {
        return new Tokens(ids);
    }

    /** A conversation, which the checkpoint's chat template makes a text of; the answer is the assistant's. */
    static Prompt chat(List<Message> messages) {
        return new Chat(messages, Map.of());
    }

    /** A conversation, with more of what the chat template may ask for, such as {@code tools}. */
    static Prompt chat(List<Message> messages, Map<String, ?> more) {
        return new Chat(messages, more);
    }

    /** What was read already, to go on from as it is. */
    static Prompt after(PromptState state) {
        return new After(state, Optional.empty());
    }

    /** What was read already, and a text after it, which no begin token is put before. */
    static Prompt after(PromptState state, String text) {
        return new After(state, Optional.of(new Text(text)));
    }

    /** What was read already, and tokens after it. */
    static Prompt after(PromptState state, int... ids) {
        return new After(state, Optional.of(new Tokens(ids)));
    }

    /** @param text at least one character */
    record Text(String text) implements Prompt {
        public Text {
            Objects.requireNonNull(text, "text");
            if (text.isEmpty()) {
                throw new IllegalArgumentException("the prompt is empty: give a text to go on from");
            }
        }
    }

    /** @param ids token ids, at least one */
    record Tokens(int[] ids) implements Prompt {
        public Tokens {
            ids = ids.clone();
            if (ids.length == 0) {
                throw new IllegalArgumentException("the prompt has no token: give at least the begin token");
            }
        }

        /** A copy of the ids. */
        @Override
        public int[] ids() {
            return ids.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Tokens tokens && Arrays.equals(ids, tokens.ids);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(ids);
        }
    }

    /**
     * @param state what was read
     * @param more  a text or tokens after it, if there are any
     */
    record After(PromptState state, Optional<Prompt> more) implements Prompt {
        public After {
            Objects.requireNonNull(state, "state");
            if (more.isPresent() && !(more.get() instanceof Text) && !(more.get() instanceof Tokens)) {
                throw new IllegalArgumentException("after a state comes a text or tokens");
            }
        }
    }

    /**
     * @param messages at least one
     * @param more     variables of the chat template
     */
    record Chat(List<Message> messages, Map<String, ?> more) implements Prompt {
        public Chat {
            messages = List.copyOf(messages);
            more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
            if (messages.isEmpty()) {
                throw new IllegalArgumentException("the conversation is empty: give at least one message");
            }
        }
    }
}
