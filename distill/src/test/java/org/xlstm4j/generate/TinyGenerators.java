package org.xlstm4j.generate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.xlstm4j.checkpoint.ChatTemplate;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.Fixtures;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.checkpoint.Tokenizer;
import org.xlstm4j.distill.data.SpecialTokens;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;

/** The 836,736-parameter teacher, which can add, and a student that starts from it, with one tokenizer for all. */
final class TinyGenerators {
    static final CausalLm TEACHER = load();
    /** Its window is shorter than most prompts. */
    static final CausalLm STUDENT = StudentStart.from(TEACHER, new HybridConfig(24, 4, 16));
    private static final Tokenizer TOKENIZER = tokenizer();

    private TinyGenerators() {
    }

    private static CausalLm load() {
        try {
            return Checkpoint.open(Fixtures.TEACHER).load();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Tokenizer tokenizer() {
        try {
            return Tokenizer.open(Fixtures.TEACHER);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Tokenizer tokens() {
        return TOKENIZER;
    }

    static TextGenerator of(CausalLm model, int places) {
        return of(model, Optional.empty(), places);
    }

    private static TextGenerator of(CausalLm model, Optional<ChatTemplate> template, int places) {
        try {
            var special = SpecialTokens.of(Checkpoint.open(Fixtures.TEACHER), TOKENIZER);
            return TextGenerator.of(model, TOKENIZER, special, template, places);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With a chat template that is written to {@code folder}. */
    static TextGenerator chatting(CausalLm model, Path folder, String template) {
        try {
            Files.writeString(folder.resolve("chat_template.jinja"), template);
            Files.writeString(folder.resolve("tokenizer_config.json"), "{\"bos_token\": \"<|bos|>\"}");
            return of(model, Optional.of(ChatTemplate.open(folder)), 2);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
