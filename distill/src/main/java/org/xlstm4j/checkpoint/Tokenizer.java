package org.xlstm4j.checkpoint;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.xlstm4j.model.ModelConfig;

/**
 * A checkpoint's tokenizer.json, run by Hugging Face's own library: text to token ids and back, never truncated, never
 * padded, offline.
 *
 * <p>Several threads may encode and decode at once; close it when none does.
 */
public final class Tokenizer implements AutoCloseable {
    private static final String FILE = "tokenizer.json";

    static {
        // DJL would fetch another native library on a CUDA host, and report its use on an EC2 one.
        setIfAbsent("RUST_FLAVOR", "cpu");
        setIfAbsent("OPT_OUT_TRACKING", "true");
    }

    private final Path file;
    private final HuggingFaceTokenizer tokenizer;
    private final Vocabulary vocabulary;
    private final String fingerprint;

    private Tokenizer(Path file, HuggingFaceTokenizer tokenizer, Vocabulary vocabulary, String fingerprint) {
        this.file = file;
        this.tokenizer = tokenizer;
        this.vocabulary = vocabulary;
        this.fingerprint = fingerprint;
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /**
     * Opens the tokenizer.json in {@code folder}.
     *
     * @throws CheckpointException if it is missing or broken, or the native library cannot be loaded
     */
    public static Tokenizer open(Path folder) throws IOException {
        var file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(folder + " has no " + FILE + "; save the tokenizer in its fast format there");
        }
        Links.requireInside(folder, file);
        var content = Files.readAllBytes(file);
        LfsPointer.refuse(file, content);
        var options = Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");
        try {
            var vocabulary = Vocabulary.read(content);
            var tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(content), options);
            return new Tokenizer(file, tokenizer, vocabulary, Fingerprint.of(content));
        } catch (JsonProcessingException e) {
            throw new CheckpointException(file + " is broken: " + Json.problem(e), e);
        } catch (RuntimeException e) {
            throw new CheckpointException(file + " is not a tokenizer: " + e.getMessage(), e);
        } catch (LinkageError e) {
            throw new CheckpointException(
                    "the native tokenizer library cannot be loaded (on Linux it needs glibc 2.34 or newer): " + e, e);
        }
    }

    /** Token ids of {@code text}; none are added, but special tokens spelt out in the text are recognised. */
    public int[] encode(String text) {
        return encode(text, false);
    }

    /** Token ids of {@code text}, with those that the tokenizer's template puts around it if asked. */
    public int[] encode(String text, boolean addSpecialTokens) {
        var ids = tokenizer.encode(text, addSpecialTokens, false).getIds();
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }

    /** The text of {@code ids}, special tokens left out. */
    public String decode(int[] ids) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), true);
    }

    /**
     * What the tokens say, one after the other.
     *
     * @throws UnsupportedModelException if tokenizer.json's decoder needs all tokens at once
     */
    public TokenTexts texts() throws CheckpointException {
        return new TokenTexts(vocabulary, TextSteps.read(vocabulary.decoder(), file));
    }

    /** One more than the highest token id, added tokens included. */
    public int vocabSize() {
        return vocabulary.size();
    }

    /**
     * The id of one token, such as {@code <|bos|>}, spelt as in tokenizer.json.
     *
     * @throws IllegalArgumentException if there is no such token
     */
    public int tokenId(String token) {
        var id = vocabulary.ids().get(token);
        if (id == null) {
            throw new IllegalArgumentException(file + " has no token '" + token + "'");
        }
        return id;
    }

    /** SHA-256 of tokenizer.json, in hexadecimal. */
    public String fingerprint() {
        return fingerprint;
    }

    /**
     * Checks that every token id has a row in the model's embedding; rows to spare are usual.
     *
     * @throws CheckpointException if not
     */
    public void requireFits(ModelConfig config) throws CheckpointException {
        if (vocabSize() > config.vocabSize()) {
            throw new CheckpointException(file + " has token ids up to " + (vocabSize() - 1)
                    + ", but the model's vocabulary has " + config.vocabSize() + "; it is another model's tokenizer");
        }
    }

    /** Frees the native tokenizer. */
    @Override
    public void close() {
        tokenizer.close();
    }
}
