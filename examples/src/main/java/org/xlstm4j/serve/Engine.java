package org.xlstm4j.serve;

import java.util.List;
import java.util.OptionalInt;
import org.xlstm4j.generate.Generation;
import org.xlstm4j.generate.GenerationOptions;
import org.xlstm4j.generate.Prompt;
import org.xlstm4j.generate.TextGenerator;
import org.xlstm4j.generate.TokenListener;

/** What the server asks of a generator, by several threads at once. */
interface Engine {
    /** @throws IllegalArgumentException if the prompt cannot be used */
    int[] tokens(Prompt prompt);

    /** Answers in the prompts' order, told of token by token. */
    List<Generation> generate(List<Prompt> prompts, GenerationOptions options, TokenListener listener);

    /** How many token ids there are. */
    int vocabSize();

    /** Most tokens of a prompt and its answer together, where the model sets a limit. */
    OptionalInt positions();

    static Engine of(TextGenerator generator) {
        var config = generator.model().config();
        return new Engine() {
            @Override
            public int[] tokens(Prompt prompt) {
                return generator.tokens(prompt);
            }

            @Override
            public List<Generation> generate(List<Prompt> prompts, GenerationOptions options,
                                             TokenListener listener) {
                return generator.generateAll(prompts, options, listener);
            }

            @Override
            public int vocabSize() {
                return config.vocabSize();
            }

            @Override
            public OptionalInt positions() {
                return config.isStudent() ? OptionalInt.empty() : OptionalInt.of(config.maxPositions());
            }
        };
    }
}
