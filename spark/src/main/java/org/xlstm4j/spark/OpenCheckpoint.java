package org.xlstm4j.spark;

import java.io.IOException;
import java.nio.file.Path;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.Tokenizer;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.SpecialTokens;

/**
 * A checkpoint with its tokenizer open.
 *
 * @param encoding how texts become tokens for it
 */
record OpenCheckpoint(Checkpoint checkpoint, Tokenizer tokenizer, Encoding encoding) implements AutoCloseable {

    static OpenCheckpoint open(Path folder) throws IOException {
        var checkpoint = Checkpoint.open(folder);
        var tokenizer = checkpoint.tokenizer();
        try {
            tokenizer.requireFits(checkpoint.config());
            return new OpenCheckpoint(checkpoint, tokenizer,
                    SpecialTokens.of(checkpoint, tokenizer).encoding(tokenizer));
        } catch (IOException | RuntimeException failure) {
            tokenizer.close();
            throw failure;
        }
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
