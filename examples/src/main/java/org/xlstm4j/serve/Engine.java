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

    /** @throws IllegalArgumentException if the options cannot be used with the prompt */
    void check(Prompt prompt, GenerationOptions options);

    /** An answer to each prompt, told of token by token. */
    List<Generation> generateAll(List<Prompt> prompts, GenerationOptions options, TokenListener listener);

    /** Several answers to one prompt, told of token by token. */
    List<Generation> samples(Prompt prompt, int count, GenerationOptions options, TokenListener listener);

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
            public void check(Prompt prompt, GenerationOptions options) {
                // A stream looks at what it is given at once, and does nothing before it is read.
                generator.stream(prompt, options).close();
            }

            @Override
            public List<Generation> generateAll(List<Prompt> prompts, GenerationOptions options,
                                                TokenListener listener) {
                return generator.generateAll(prompts, options, listener);
            }

            @Override
            public List<Generation> samples(Prompt prompt, int count, GenerationOptions options,
                                            TokenListener listener) {
                return generator.samples(prompt, count, options, listener);
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
