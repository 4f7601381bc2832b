package org.xlstm4j.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.xlstm4j.generate.FinishReason;

/** The two forms in which OpenAI's API gives answers. */
enum Format {
    /** Of {@code /v1/chat/completions}: messages of the assistant. */
    CHAT("chatcmpl-", "chat.completion", "chat.completion.chunk") {
        @Override
        ObjectNode whole(int index, String text) {
            var choice = choice(index);
            choice.putObject("message").put("role", "assistant").put("content", text).putNull("refusal");
            return choice;
        }

        @Override
        ObjectNode piece(int index, String text) {
            var choice = choice(index);
            choice.putObject("delta").put("content", text);
            return choice;
        }

        @Override
        ObjectNode end(int index) {
            var choice = choice(index);
            choice.putObject("delta");
            return choice;
        }
    },

    /** Of {@code /v1/completions}: texts. */
    TEXT("cmpl-", "text_completion", "text_completion") {
        @Override
        ObjectNode whole(int index, String text) {
            return choice(index).put("text", text);
        }

        @Override
        ObjectNode piece(int index, String text) {
            return whole(index, text);
        }

        @Override
        ObjectNode end(int index) {
            return whole(index, "");
        }
    };

    private final String idPrefix;
    private final String wholeName;
    private final String chunkName;

    Format(String idPrefix, String wholeName, String chunkName) {
        this.idPrefix = idPrefix;
        this.wholeName = wholeName;
        this.chunkName = chunkName;
    }

    /** What a response's id begins with. */
    String idPrefix() {
        return idPrefix;
    }

    /** The {@code object} of a response in one piece, or of a chunk of a streamed one. */
    String objectName(boolean chunk) {
        return chunk ? chunkName : wholeName;
    }

    /** A choice with all its text. */
    abstract ObjectNode whole(int index, String text);

    /** A choice with some more of its text. */
    abstract ObjectNode piece(int index, String text);

    /** A choice that is at its end, without more text. */
    abstract ObjectNode end(int index);

    private static ObjectNode choice(int index) {
        return JsonNodeFactory.instance.objectNode().put("index", index).putNull("logprobs").putNull("finish_reason");
    }

    /** OpenAI's word for why an answer ended. */
    static String reason(FinishReason reason) {
        return switch (reason) {
            case END, STOP -> "stop";
            case LENGTH -> "length";
            case CANCELLED -> throw new IllegalArgumentException("an answer that was given up has no reason to tell");
        };
    }
}
