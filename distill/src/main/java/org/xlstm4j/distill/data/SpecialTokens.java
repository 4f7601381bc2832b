package org.xlstm4j.distill.data;

import java.io.IOException;
import java.util.List;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.CheckpointException;
import org.xlstm4j.checkpoint.Tokenizer;

/**
 * The tokens that begin and end a text.
 *
 * @param begin the begin token's id, or {@link Encoding#NO_BOS} for models that have none
 * @param ends  ids of the end tokens, at least one; training texts end with the first
 */
public record SpecialTokens(int begin, List<Integer> ends) {
    public SpecialTokens {
        ends = List.copyOf(ends);
    }

    /**
     * As the checkpoint's files say ({@link Checkpoint#beginToken(Tokenizer)}, {@link Checkpoint#endTokens}).
     *
     * @throws CheckpointException if they name no end token
     */
    public static SpecialTokens of(Checkpoint checkpoint, Tokenizer tokenizer) throws IOException {
        var ends = checkpoint.endTokens();
        if (ends.isEmpty()) {
            throw new CheckpointException(checkpoint.folder()
                    + ": neither generation_config.json nor config.json has eos_token_id; add it to config.json");
        }
        return new SpecialTokens(checkpoint.beginToken(tokenizer).orElse(Encoding.NO_BOS), ends);
    }

    /** Texts to tokens with {@code tokenizer}, between these tokens. */
    public Encoding encoding(Tokenizer tokenizer) {
        return new Encoding(tokenizer::encode, tokenizer::decode, begin, ends.get(0));
    }
}
