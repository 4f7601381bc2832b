package org.xlstm4j.generate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.xlstm4j.checkpoint.ChatTemplate;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.CheckpointException;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.checkpoint.Message;
import org.xlstm4j.checkpoint.Tokenizer;
import org.xlstm4j.distill.data.SpecialTokens;
import org.xlstm4j.model.CausalLm;

/**
 * Generates text with a model. Any number of threads may call at once; no call leaves anything behind for another. So
 * many as {@code places} work at a time, others wait in the order of their coming.
 *
 * <p>An answer depends on its prompt, the options and the number of the sample alone: it is the same in any batch and
 * beside any other calls, on the CPU to the last bit. On a GPU sums are rounded otherwise in other batches, and
 * everywhere if a prompt is read in parts, which may let a draw fall on a neighbour.
 *
 * <p>What is wrong with a prompt or an option is an {@link IllegalArgumentException} before any work. A thread that is
 * interrupted ends its answers as {@link FinishReason#CANCELLED} and stays interrupted.
 */
public final class TextGenerator implements AutoCloseable {
    private static final int PLACES = 2;

    private final CausalLm model;
    private final Encoder encoder;
    private final Engine engine;

    private TextGenerator(CausalLm model, Encoder encoder, int places) {
        this.model = model;
        this.encoder = encoder;
        this.engine = new Engine(model, encoder.fingerprint(), places);
    }

    /** Loads the checkpoint in {@code folder}; two calls work at a time. */
    public static TextGenerator open(Path folder) throws IOException {
        return open(folder, ImportOptions.STRICT, PLACES);
    }

    /**
     * Loads the checkpoint in {@code folder}.
     *
     * @param options what may differ from its config.json
     * @param places  how many calls work at a time, each with caches of its own; at least 1
     */
    public static TextGenerator open(Path folder, ImportOptions options, int places) throws IOException {
        var checkpoint = Checkpoint.open(folder);
        var tokenizer = checkpoint.tokenizer();
        try {
            tokenizer.requireFits(checkpoint.config());
            var encoder = new Encoder(tokenizer, true, SpecialTokens.of(checkpoint, tokenizer),
                    checkpoint::chatTemplate);
            return new TextGenerator(checkpoint.load(options), encoder, places);
        } catch (IOException | RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    /**
     * Over a model in memory.
     *
     * @param tokenizer stays the caller's to close, after this
     * @param template  for chat, if there is one
     * @param places    how many calls work at a time, each with caches of its own; at least 1
     */
    public static TextGenerator of(CausalLm model, Tokenizer tokenizer, SpecialTokens special,
                                   Optional<ChatTemplate> template, int places) throws CheckpointException {
        Encoder.Template source = () -> template.orElseThrow(
                () -> new CheckpointException("the generator has no chat template; it was made without one"));
        return new TextGenerator(model, new Encoder(tokenizer, false, special, source), places);
    }

    /** The model. */
    public CausalLm model() {
        return model;
    }

    /** Goes on from a text. */
    public Generation generate(String prompt, GenerationOptions options) {
        return generate(Prompt.text(prompt), options);
    }

    /** Goes on from a text, telling of every token. */
    public Generation generate(String prompt, GenerationOptions options, TokenListener listener) {
        return generate(Prompt.text(prompt), options, listener);
    }

    /** Goes on from each of several texts, in batches of similar length; the answers are in the texts' order. */
    public List<Generation> generate(List<String> prompts, GenerationOptions options) {
        return generateAll(prompts.stream().map(Prompt::text).toList(), options, TokenListener.NONE);
    }

    /** The assistant's answer in a conversation, by the checkpoint's chat template. */
    public Generation chat(List<Message> messages, GenerationOptions options) {
        return generate(Prompt.chat(messages), options);
    }

    /** The assistant's answer in a conversation, telling of every token. */
    public Generation chat(List<Message> messages, GenerationOptions options, TokenListener listener) {
        return generate(Prompt.chat(messages), options, listener);
    }

    /** Goes on from a prompt. */
    public Generation generate(Prompt prompt, GenerationOptions options) {
        return generate(prompt, options, TokenListener.NONE);
    }

    /** Goes on from a prompt, telling of every token. */
    public Generation generate(Prompt prompt, GenerationOptions options, TokenListener listener) {
        return generateAll(List.of(prompt), options, listener).get(0);
    }

    /**
     * Goes on from each of several prompts, in batches of similar length, telling of every token.
     *
     * @return the answers, in the prompts' order
     */
    public List<Generation> generateAll(List<Prompt> prompts, GenerationOptions options, TokenListener listener) {
        var ending = encoder.ending(options);
        var prepared = prompts.stream().map(prompt -> prepare(prompt, options.maxNewTokens())).toList();
        var answers = IntStream.range(0, prepared.size())
                .mapToObj(i -> answer(i, 0, prepared.get(i), options, ending)).toList();
        engine.complete(prepared, answers, options, listener);
        return answers.stream().map(Answer::result).toList();
    }

    /**
     * Several answers to one prompt, which is read once. With temperature 0 they are all the same.
     *
     * @param count at least 1; the first answer is that of {@link #generate(Prompt, GenerationOptions)}
     * @return the answers, in the order of their draws; {@link Generation#logProbability} tells which is the best
     */
    public List<Generation> samples(Prompt prompt, int count, GenerationOptions options) {
        return samples(prompt, count, options, TokenListener.NONE);
    }

    /** As {@link #samples(Prompt, int, GenerationOptions)}, telling of every token. */
    public List<Generation> samples(Prompt prompt, int count, GenerationOptions options, TokenListener listener) {
        if (count < 1) {
            throw new IllegalArgumentException("at least 1 sample must be asked for, not " + count);
        }
        var ending = encoder.ending(options);
        var prepared = prepare(prompt, options.maxNewTokens());
        var answers = IntStream.range(0, count).mapToObj(i -> answer(i, i, prepared, options, ending)).toList();
        engine.completeSamples(prepared, answers, options, listener);
        return answers.stream().map(Answer::result).toList();
    }

    /** The text of an answer as it comes: as {@link #stream(Prompt, GenerationOptions)}. */
    public Stream<String> stream(String prompt, GenerationOptions options) {
        return stream(Prompt.text(prompt), options);
    }

    /**
     * The text of an answer as it comes, in pieces of whole characters that are not empty. The work is done by the
     * thread that takes the pieces, when it takes them. From the first on until all are taken the stream holds one of
     * this generator's places: close it to stop before.
     */
    public Stream<String> stream(Prompt prompt, GenerationOptions options) {
        var prepared = prepare(prompt, options.maxNewTokens());
        return engine.stream(prepared, answer(0, 0, prepared, options, encoder.ending(options)), options);
    }

    /**
     * Reads a prompt, to go on from by {@link Prompt#after(PromptState)}.
     *
     * @throws CancellationException if the thread is interrupted while it waits for its turn
     */
    public PromptState read(Prompt prompt) {
        return engine.read(prepare(prompt, 0))
                .orElseThrow(() -> new CancellationException("interrupted before the prompt was read"));
    }

    /**
     * The prompt that {@link PromptState#write} wrote.
     *
     * @throws IOException if the folder is none, is damaged, or was written with another model or tokenizer
     */
    public PromptState load(Path folder) throws IOException {
        return PromptState.read(folder, model, encoder.fingerprint());
    }

    /** Begins a conversation, with what is to stand before all turns, such as a system message. */
    public Conversation conversation(List<Message> start) {
        return new Conversation(this, start);
    }

    /**
     * Goes on with the conversation that {@link Conversation#write} wrote.
     *
     * @throws IOException if the folder is none, is damaged, or was written with another model or tokenizer
     */
    public Conversation conversation(Path folder) throws IOException {
        return new Conversation(this, PromptState.readMessages(folder, encoder.fingerprint()), load(folder));
    }

    /** The tokens that a prompt is for this model. */
    public int[] tokens(Prompt prompt) {
        return encoder.prepare(prompt).tokens();
    }

    /** How many tokens may stand after so many. */
    long positionsAfter(int tokens) {
        return model.config().isStudent() ? Integer.MAX_VALUE : (long) model.config().maxPositions() - tokens;
    }

    /**
     * An answer and where the model stands.
     *
     * @param states after the answer and before it; none if it was cancelled before it began
     */
    record Answered(Generation generation, List<PromptState> states) {
    }

    /** Goes on from a prompt, and keeps where it came to. */
    Answered answer(Prepared prompt, GenerationOptions options, TokenListener listener) {
        requireOpen();
        var answer = answer(0, 0, prompt, options, encoder.ending(options));
        var states = engine.completeAndKeep(prompt, answer, options, listener);
        return new Answered(answer.result(), states);
    }

    private void requireOpen() {
        if (engine.isClosed()) {
            throw new IllegalStateException("the generator is closed");
        }
    }

    private Prepared prepare(Prompt prompt, int maxNewTokens) {
        requireOpen();
        var prepared = encoder.prepare(prompt);
        var config = model.config();
        if (positionsAfter(prepared.tokens().length) < maxNewTokens) {
            throw new IllegalArgumentException("a prompt of " + prepared.tokens().length + " tokens and "
                    + maxNewTokens + " new ones exceed the model's " + config.maxPositions() + " positions");
        }
        for (int id : prepared.tokens()) {
            if (id < 0 || id >= config.vocabSize()) {
                throw new IllegalArgumentException(
                        "token id " + id + " lies outside the vocabulary of " + config.vocabSize());
            }
        }
        return prepared;
    }

    private Answer answer(int index, int sample, Prepared prompt, GenerationOptions options, Ending ending) {
        return new Answer(index, sample, prompt.tokens(), options, ending, encoder.decoder());
    }

    /** Ends what runs, as {@link FinishReason#CANCELLED}; later calls are refused. */
    @Override
    public void close() {
        engine.close();
        encoder.close();
    }
}
