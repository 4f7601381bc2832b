package org.xlstm4j.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.xlstm4j.checkpoint.Fixtures;

class TextGeneratorTest {
    private static final GenerationOptions GREEDY = GenerationOptions.defaults().withMaxNewTokens(16);
    private static TextGenerator generator;

    @BeforeAll
    static void open() throws IOException {
        generator = TextGenerator.open(Fixtures.TEACHER);
    }

    @AfterAll
    static void close() {
        generator.close();
    }

    @Test
    void goesOnFromATextUpToTheEndToken() {
        var answer = generator.generate("Compute 68 + 15 =", GREEDY);
        assertThat(answer.text()).isEqualTo(" 83");
        assertThat(answer.finishReason()).isEqualTo(FinishReason.END);
    }

    @Test
    void batchAnswersEachPromptAsAlone() {
        var prompts = List.of("Compute 68 + 15 =", "Compute 1 + 2 =", "a");
        assertThat(generator.generate(prompts, GREEDY)).extracting(Generation::text)
                .isEqualTo(prompts.stream().map(prompt -> generator.generate(prompt, GREEDY).text()).toList());
    }

    @Test
    void streamIsTheTextInPieces() {
        try (var stream = generator.stream("Compute 68 + 15 =", GREEDY)) {
            assertThat(stream.collect(Collectors.joining())).isEqualTo(" 83");
        }
    }
}
