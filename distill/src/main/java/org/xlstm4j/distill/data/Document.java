package org.xlstm4j.distill.data;

import java.util.Objects;

/**
 * A training document: a prompt and the answer that follows it. Plain text is an answer with an empty prompt.
 *
 * @param prompt what is given, possibly empty
 * @param answer what is to be learnt
 */
public record Document(String prompt, String answer) {

    public Document {
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(answer, "answer");
    }

    /** A document of plain text. */
    public static Document text(String text) {
        return new Document("", text);
    }
}
