package org.xlstm4j.distill.data;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * Text to tokens and back: a document becomes {@code <bos>} prompt answer {@code <eos>}, where prompt and answer are
 * encoded apart and joined, so that the prompt's tokens do not depend on the answer.
 *
 * @param encoder text to ids, adding no begin or end token
 * @param decoder ids to text
 * @param bosId   the token every document begins with, or {@link #NO_BOS} for tokenizers that have none
 * @param eosId   the token every document ends with
 */
public record Encoding(Function<String, int[]> encoder, Function<int[], String> decoder, int bosId, int eosId) {

    /** The {@code bosId} of tokenizers without a begin token. */
    public static final int NO_BOS = -1;

    public Encoding {
        Objects.requireNonNull(encoder, "encoder");
        Objects.requireNonNull(decoder, "decoder");
        if (bosId < NO_BOS) {
            throw new IllegalArgumentException("bosId " + bosId + " is neither a token id nor " + NO_BOS + " for none");
        }
        if (eosId < 0) {
            throw new IllegalArgumentException("eosId " + eosId + " is not a token id; documents need an end token");
        }
    }

    /** {@code <bos>} and the prompt: what a model continues with its answer, [length]. */
    public int[] prompt(String prompt) {
        var text = encode(prompt);
        if (bosId == NO_BOS) {
            return text;
        }
        var ids = new int[text.length + 1];
        ids[0] = bosId;
        System.arraycopy(text, 0, ids, 1, text.length);
        return ids;
    }

    /** {@code <bos>} prompt answer {@code <eos>}. */
    public Tokens document(Document document) {
        var prompt = prompt(document.prompt());
        var answer = encode(document.answer());
        var ids = new int[prompt.length + answer.length + 1];
        System.arraycopy(prompt, 0, ids, 0, prompt.length);
        System.arraycopy(answer, 0, ids, prompt.length, answer.length);
        ids[ids.length - 1] = eosId;
        return new Tokens(ids, prompt.length);
    }

    /** Every document in tokens, in order. */
    public List<Tokens> documents(List<Document> documents) {
        return documents.stream().map(this::document).toList();
    }

    /** The text of some tokens. */
    public String decode(int[] ids) {
        return decoder.apply(ids);
    }

    private int[] encode(String text) {
        return text.isEmpty() ? new int[0] : encoder.apply(text);
    }
}
