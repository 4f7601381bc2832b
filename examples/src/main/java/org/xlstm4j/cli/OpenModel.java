package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.checkpoint.Tokenizer;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.SpecialTokens;
import org.xlstm4j.model.CausalLm;

/**
 * A checkpoint with its weights in memory and its tokenizer open.
 *
 * @param checkpoint where it comes from
 * @param model      its weights
 * @param tokenizer  its tokenizer
 * @param encoding   how texts become tokens for it
 */
record OpenModel(Checkpoint checkpoint, CausalLm model, Tokenizer tokenizer, Encoding encoding)
        implements AutoCloseable {

    /** Opens the checkpoint in {@code folder}. */
    static OpenModel open(Path folder) throws IOException {
        return open(folder, ImportOptions.STRICT);
    }

    /** Opens the checkpoint in {@code folder}, with what {@code options} let pass. */
    static OpenModel open(Path folder, ImportOptions options) throws IOException {
        var checkpoint = Checkpoint.open(folder);
        var tokenizer = checkpoint.tokenizer();
        try {
            tokenizer.requireFits(checkpoint.config());
            var encoding = SpecialTokens.of(checkpoint, tokenizer).encoding(tokenizer);
            return new OpenModel(checkpoint, checkpoint.load(options), tokenizer, encoding);
        } catch (IOException | RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    /** The folder's own name, to call the model by. */
    String name() {
        return nameOf(checkpoint.folder());
    }

    static String nameOf(Path path) {
        var name = path.toAbsolutePath().normalize().getFileName();
        return name == null ? path.toString() : name.toString();
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
