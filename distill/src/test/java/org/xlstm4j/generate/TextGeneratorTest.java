package org.xlstm4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Index;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.xlstm4j.checkpoint.Fixtures;
import org.xlstm4j.checkpoint.Message;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.DecodingStateException;
import org.xlstm4j.model.Inference;

@Timeout(60)
class TextGeneratorTest {
    private static final List<CausalLm> MODELS = List.of(TinyGenerators.TEACHER, TinyGenerators.STUDENT);
    private static final GenerationOptions GREEDY = GenerationOptions.defaults().withMaxNewTokens(12);
    private static final GenerationOptions WARM = GREEDY.withTemperature(0.9).withTopP(0.95).withSeed(4);
    private static final String SUM = "Compute 68 + 15 =";
    private static final List<String> PROMPTS = List.of(SUM, "a", "Compute 1 + 2 =",
            "Reverse the list 3 1 4 1 5 9 2 6 5 3 5 8 9 7 9", "What is the sum of 4 and 5?", "Sort 5 3 9 :");

    @Test
    void goesOnFromATextUpToTheEndToken() throws IOException {
        try (var generator = TextGenerator.open(Fixtures.TEACHER)) {
            var answer = generator.generate(SUM, GREEDY);
            assertThat(answer.text()).isEqualTo(" 83");
            assertThat(answer.finishReason()).isEqualTo(FinishReason.END);
            assertThat(answer.promptTokens()).isEqualTo(generator.tokens(Prompt.text(SUM)).length);
            assertThat(TinyGenerators.tokens().decode(answer.tokens().stream().mapToInt(id -> id).toArray()))
                    .isEqualTo(" 83");
            assertThat(generator.generate(Prompt.tokens(generator.tokens(Prompt.text(SUM))), GREEDY))
                    .isEqualTo(answer);
        }
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void logProbabilityIsTheModelsWhateverIsDrawn(CausalLm model) {
        try (var generator = TinyGenerators.of(model, 1)) {
            for (var options : List.of(GREEDY, WARM, WARM.withRepetitionPenalty(1.5).withTopK(3))) {
                var answer = generator.generate(SUM, options);
                var all = new ArrayList<>(IntStream.of(generator.tokens(Prompt.text(SUM))).boxed().toList());
                all.addAll(answer.tokens());
                if (answer.finishReason() == FinishReason.END) {
                    all.add(2);
                }
                var scores = new Inference(model).logProbabilities(
                        List.of(all.stream().mapToInt(id -> id).toArray())).get(0);
                double sum = IntStream.range(answer.promptTokens(), scores.length).mapToDouble(i -> scores[i]).sum();
                assertThat(answer.logProbability()).isCloseTo(sum, within(1e-3));
            }
        }
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void eachOfABatchIsAnsweredAsAlone(CausalLm model) {
        try (var generator = TinyGenerators.of(model, 1)) {
            for (var options : List.of(GREEDY, WARM)) {
                var alone = PROMPTS.stream().map(prompt -> generator.generate(prompt, options)).toList();
                // To the last bit, so that no draw can fall otherwise.
                assertThat(generator.generate(PROMPTS, options)).isEqualTo(alone);
                var many = generator.generate(Collections.nCopies(70, SUM), options);
                assertThat(many).hasSize(70).containsOnly(alone.get(0));
            }
        }
    }

    @Test
    void seedDecidesWhatIsDrawn() {
        try (var generator = TinyGenerators.of(TinyGenerators.TEACHER, 1)) {
            var hot = WARM.withTemperature(3).withTopP(1);
            assertThat(generator.generate("a", hot)).isEqualTo(generator.generate("a", hot));
            assertThat(IntStream.range(0, 5).mapToObj(seed -> generator.generate("a", hot.withSeed(seed)).text()))
                    .doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void samplesAreDrawnApartFromOnePrompt(CausalLm model) {
        try (var generator = TinyGenerators.of(model, 1)) {
            var hot = WARM.withTemperature(5).withTopP(1);
            var events = new ArrayList<GeneratedToken>();
            var samples = generator.samples(Prompt.text(SUM), 5, hot, events::add);
            assertThat(samples).hasSize(5).extracting(Generation::text).doesNotHaveDuplicates();
            assertThat(samples.get(0)).isEqualTo(generator.generate(SUM, hot));
            assertThat(generator.samples(Prompt.text(SUM), 11, hot)).startsWith(samples.toArray(Generation[]::new));
            for (int i = 0; i < 5; i++) {
                int sample = i;
                assertThat(events.stream().filter(event -> event.index() == sample).map(GeneratedToken::text)
                        .collect(Collectors.joining())).isEqualTo(samples.get(i).text());
            }
        }
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void savedPromptIsGoneOnWithAsIfReadAnew(CausalLm model, @TempDir Path folder) throws IOException {
        var prompt = "Reverse the list 3 1 4 1 5 9 2 6 5 3 5 8 9 7 9. Compute ";
        try (var generator = TinyGenerators.of(model, 1)) {
            generator.read(Prompt.text(prompt)).write(folder.resolve("state"));
        }
        try (var generator = TinyGenerators.of(model, 1)) {
            var state = generator.load(folder.resolve("state"));
            assertThat(state.tokens()).isEqualTo(generator.tokens(Prompt.text(prompt)));
            var options = WARM.withRepetitionPenalty(1.1);
            assertThat(generator.generate(Prompt.after(state), options).tokens())
                    .isEqualTo(generator.generate(prompt, options).tokens());
            // Tokens of each part by itself: a text in one might be other tokens.
            var more = TinyGenerators.tokens().encode("68 + 15 =");
            var whole = Prompt.tokens(IntStream.concat(IntStream.of(state.tokens()), IntStream.of(more)).toArray());
            var expected = generator.generate(whole, options);
            assertThat(generator.generateAll(List.of(Prompt.after(state, "68 + 15 ="), Prompt.text("a"),
                    Prompt.after(state, more), whole, Prompt.after(state, "1")), options, TokenListener.NONE))
                    .extracting(Generation::tokens).contains(expected.tokens(), Index.atIndex(0))
                    .contains(expected.tokens(), Index.atIndex(2))
                    .contains(expected.tokens(), Index.atIndex(3));
            assertThat(generator.generate(Prompt.after(state, more), options).promptTokens())
                    .isEqualTo(expected.promptTokens());
        }
    }

    @Test
    void stateOfAnotherModelOrADamagedOneIsRefused(@TempDir Path folder) throws IOException {
        var state = folder.resolve("state");
        try (var generator = TinyGenerators.of(TinyGenerators.TEACHER, 1);
                var other = TinyGenerators.of(TinyGenerators.STUDENT, 1)) {
            var read = generator.read(Prompt.text(SUM));
            read.write(state);
            assertThatThrownBy(() -> other.load(state)).isInstanceOf(DecodingStateException.class);
            assertThatThrownBy(() -> other.generate(Prompt.after(read), GREEDY))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("another model");
            var file = state.resolve("prompt.json");
            Fixtures.edit(file, "\"tokens\":[1,", "\"tokens\":[");
            assertThatThrownBy(() -> generator.load(state)).isInstanceOf(PromptStateException.class)
                    .hasMessageContaining("prompt.json").hasMessageContaining("save the prompt again");
            Fixtures.edit(file, "\"tokens\":", "\"tokens\"");
            assertThatThrownBy(() -> generator.load(state)).isInstanceOf(PromptStateException.class)
                    .hasMessageContaining("broken");
            assertThatThrownBy(() -> generator.load(folder)).isInstanceOf(PromptStateException.class)
                    .hasMessageContaining("is not there");
        }
    }

    @Test
    void sixteenThreadsAreAnsweredAsOne() throws Exception {
        var options = WARM.withTemperature(1.5);
        try (var generator = TinyGenerators.of(TinyGenerators.STUDENT, 3)) {
            var state = generator.read(Prompt.text(SUM));
            Callable<List<Object>> calls = () -> {
                var answers = new ArrayList<Object>();
                PROMPTS.forEach(prompt -> answers.add(generator.generate(prompt, options)));
                answers.addAll(generator.samples(Prompt.text(SUM), 2, options));
                answers.add(generator.generate(Prompt.after(state, " 7"), options));
                try (var stream = generator.stream(SUM, options)) {
                    answers.add(stream.toList());
                }
                return answers;
            };
            var expected = calls.call();
            var threads = Executors.newFixedThreadPool(16);
            try {
                for (var answers : threads.invokeAll(Collections.nCopies(16, calls))) {
                    assertThat(answers.get()).isEqualTo(expected);
                }
            } finally {
                threads.shutdownNow();
            }
        }
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void streamIsTheTextInPieces(CausalLm model) {
        try (var generator = TinyGenerators.of(model, 1)) {
            for (var options : List.of(GREEDY, WARM.withTemperature(4).withTopP(1).withMaxNewTokens(40))) {
                try (var stream = generator.stream(SUM, options)) {
                    var pieces = stream.toList();
                    assertThat(pieces).doesNotContain("").hasSizeGreaterThan(1);
                    var answer = generator.generate(SUM, options);
                    assertThat(String.join("", pieces)).isEqualTo(answer.text()).isEqualTo(TinyGenerators.tokens()
                            .decode(answer.tokens().stream().mapToInt(id -> id).toArray()));
                }
            }
        }
    }

    @Test
    void closedStreamStopsTheWorkAndGivesItsPlaceBack() {
        try (var generator = TinyGenerators.of(TinyGenerators.TEACHER, 1)) {
            var endless = GREEDY.withMaxNewTokens(900).withTemperature(5);
            int threads = Thread.activeCount();
            for (int i = 0; i < 5; i++) {
                try (var stream = generator.stream("a", endless)) {
                    assertThat(stream.limit(3).toList()).hasSize(3);
                }
                try (var stream = generator.stream("a", endless).parallel()) {
                    assertThat(stream.findFirst()).isPresent();
                }
                // The one place is free, without which this would wait for ever.
                assertThat(generator.generate(SUM, GREEDY).text()).isEqualTo(" 83");
            }
            generator.stream("a", endless).close();
            // A stream that was read to its end need not be closed.
            assertThat(generator.stream(SUM, GREEDY).collect(Collectors.joining())).isEqualTo(" 83");
            assertThat(generator.generate(SUM, GREEDY).text()).isEqualTo(" 83");
            assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads + Runtime.getRuntime().availableProcessors());
        }
    }

    @Test
    void listenerHearsEveryTokenAndMayCancel() {
        try (var generator = TinyGenerators.of(TinyGenerators.TEACHER, 1)) {
            var events = new ArrayList<GeneratedToken>();
            var whole = generator.generate(SUM, GREEDY, events::add);
            assertThat(events).extracting(GeneratedToken::id).startsWith(whole.tokens().toArray(Integer[]::new))
                    .endsWith(2).hasSize(whole.answerTokens() + 1);
            assertThat(events.stream().mapToDouble(GeneratedToken::logProbability).sum())
                    .isCloseTo(whole.logProbability(), within(1e-9));

            var told = new StringBuilder();
            var cancelled = generator.generate(SUM, GREEDY, token -> {
                told.append(token.text());
                return told.length() < 2;
            });
            assertThat(cancelled.finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(cancelled.text()).isEqualTo(told.toString()).isNotEqualTo(whole.text());
            // Of a batch, the one alone.
            var batch = generator.generateAll(List.of(Prompt.text(PROMPTS.get(2)), Prompt.text(SUM)),
                    GREEDY, token -> token.index() == 1);
            assertThat(batch).extracting(Generation::finishReason)
                    .containsExactly(FinishReason.CANCELLED, FinishReason.END);
            assertThat(batch.get(1).text()).isEqualTo(whole.text());
        }
    }

    @Test
    void failingListenerLosesNoPlace() {
        try (var generator = TinyGenerators.of(TinyGenerators.TEACHER, 1)) {
            assertThatThrownBy(() -> generator.generate(SUM, GREEDY, token -> {
                throw new IllegalStateException("broken listener");
            })).hasMessage("broken listener");
            assertThat(generator.generate(SUM, GREEDY).text()).isEqualTo(" 83");
        }
    }

    @Test
    void interruptedThreadEndsItsAnswers() {
        try (var generator = TinyGenerators.of(TinyGenerators.TEACHER, 1)) {
            var answer = generator.generate(SUM, GREEDY, token -> {
                Thread.currentThread().interrupt();
                return true;
            });
            assertThat(Thread.interrupted()).isTrue();
            assertThat(answer.finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(answer.answerTokens()).isEqualTo(1);
        }
    }

    @Test
    void closingEndsWhatRunsAndRefusesMore() throws Exception {
        var generator = TinyGenerators.of(TinyGenerators.TEACHER, 1);
        var begun = new CountDownLatch(1);
        var thread = Executors.newSingleThreadExecutor();
        try {
            var answer = thread.submit(() -> generator.generate("a",
                    GREEDY.withMaxNewTokens(1000).withTemperature(5), token -> {
                        begun.countDown();
                        return true;
                    }));
            begun.await();
            generator.close();
            assertThat(answer.get().finishReason()).isIn(FinishReason.CANCELLED, FinishReason.END);
            assertThatThrownBy(() -> generator.generate(SUM, GREEDY)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void stopStringsEndTheTextBeforeThem() {
        try (var generator = TinyGenerators.of(TinyGenerators.TEACHER, 1)) {
            var stopped = generator.generate(SUM, GREEDY.withStopStrings("3"));
            assertThat(stopped.text()).isEqualTo(" 8");
            assertThat(stopped.finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(generator.generate(SUM, GREEDY.withStopStrings(" 83", "x")).text()).isEmpty();
            var other = generator.generate(SUM, GREEDY.withStopStrings("83!"));
            assertThat(other.text()).isEqualTo(" 83");
            assertThat(other.finishReason()).isEqualTo(FinishReason.END);
            // A special token has no text, and ends as itself.
            assertThat(generator.generate(SUM, GREEDY.withStopStrings("<|pad|>")).text()).isEqualTo(" 83");
        }
    }

    @Test
    void wrongCallsAreRefusedBeforeAnyWork() {
        try (var generator = TinyGenerators.of(TinyGenerators.TEACHER, 1);
                var student = TinyGenerators.of(TinyGenerators.STUDENT, 1)) {
            refused(() -> generator.generate("", GREEDY), "prompt is empty");
            refused(() -> generator.generate(Prompt.tokens(), GREEDY), "no token");
            refused(() -> generator.generate(Prompt.tokens(1, 768), GREEDY), "768", "vocabulary of 768");
            refused(() -> generator.generate(Prompt.tokens(-1), GREEDY), "-1");
            refused(() -> generator.chat(List.of(), GREEDY), "conversation is empty");
            refused(() -> generator.chat(List.of(new Message("user", "a")), GREEDY), "no chat template");
            refused(() -> generator.samples(Prompt.text("a"), 0, GREEDY), "at least 1 sample");
            refused(() -> generator.generate("a", GREEDY.withStopStrings("a\ud83d")), "U+D83D");
            refused(() -> TinyGenerators.of(TinyGenerators.TEACHER, 0), "at least 1 place");
            var many = new int[1020];
            Arrays.fill(many, 5);
            var tooLong = Prompt.tokens(many);
            var told = new ArrayList<GeneratedToken>();
            refused(() -> generator.generateAll(List.of(Prompt.text("a"), tooLong), GREEDY, told::add),
                    "1020 tokens and 12 new ones", "1024 positions");
            assertThat(told).isEmpty();
            assertThat(student.generate(tooLong, GREEDY.withMaxNewTokens(6)).promptTokens()).isEqualTo(1020);
        }
    }

    private static void refused(Callable<?> call, String... message) {
        assertThatThrownBy(call::call).isInstanceOf(IllegalArgumentException.class)
                .message().contains(Stream.of(message).toList());
    }

    @Test
    void answerToNothingIsNone() {
        try (var generator = TinyGenerators.of(TinyGenerators.TEACHER, 1)) {
            assertThat(generator.generate(List.of(), GREEDY)).isEmpty();
        }
    }
}
