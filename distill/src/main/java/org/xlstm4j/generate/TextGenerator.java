package org.xlstm4j.generate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
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
 * <p>What is wrong with a prompt or an option is an {@link IllegalArgumentException} before any work. A thread that is
 * interrupted ends its answers as {@link FinishReason#CANCELLED} and stays interrupted.
 */
public final class TextGenerator implements AutoCloseable {
    private static final int BATCH = 32;
    private static final int PLACES = 2;

    private final CausalLm model;
    private final Encoder encoder;
    private final Inferences inferences;
    private volatile boolean closed;

    private TextGenerator(CausalLm model, Encoder encoder, int places) {
        this.model = model;
        this.encoder = encoder;
        this.inferences = new Inferences(model, places);
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
        var tokens = prompts.stream().map(prompt -> checked(prompt, options)).toList();
        var answers = new Generation[tokens.size()];
        for (var rows : byLength(tokens)) {
            var results = run(rows, tokens, options, listener);
            for (int i = 0; i < rows.size(); i++) {
                answers[rows.get(i)] = results.get(i);
            }
        }
        return List.of(answers);
    }

    private List<Generation> run(List<Integer> rows, List<int[]> tokens, GenerationOptions options,
                                 TokenListener listener) {
        var answers = rows.stream().map(row -> answer(row, tokens.get(row), options)).toList();
        try (var lent = inferences.lend(); var run = new Run(lent.inference()
                .begin(rows.stream().map(tokens::get).toList(), options.maxNewTokens()), answers, options)) {
            while (!isCancelled() && run.step(listener)) {
                // Each step tells the listener.
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        answers.forEach(Answer::cancel);
        return answers.stream().map(Answer::result).toList();
    }

    private boolean isCancelled() {
        return closed || Thread.currentThread().isInterrupted();
    }

    /** The text of an answer as it comes, in pieces of whole characters: {@link #stream(Prompt, GenerationOptions)}. */
    public Stream<String> stream(String prompt, GenerationOptions options) {
        return stream(Prompt.text(prompt), options);
    }

    /**
     * The text of an answer as it comes, in pieces of whole characters that are not empty. The work is done by the
     * thread that takes the pieces, when it takes them. Until all are taken the stream holds one of this generator's
     * places: close it to stop before.
     */
    public Stream<String> stream(Prompt prompt, GenerationOptions options) {
        var tokens = checked(prompt, options);
        var pieces = new Pieces(inferences, this::isCancelled, tokens, answer(0, tokens, options), options);
        return StreamSupport.stream(pieces, false).onClose(pieces::close);
    }

    /** The tokens that a prompt is for this model. */
    public int[] tokens(Prompt prompt) {
        return encoder.tokens(prompt);
    }

    private int[] checked(Prompt prompt, GenerationOptions options) {
        if (closed) {
            throw new IllegalStateException("the generator is closed");
        }
        var tokens = encoder.tokens(prompt);
        long limit = model.config().maxPositions();
        if (!model.config().isStudent() && (long) tokens.length + options.maxNewTokens() > limit) {
            throw new IllegalArgumentException("a prompt of " + tokens.length + " tokens and " + options.maxNewTokens()
                    + " new ones exceed the model's " + limit + " positions");
        }
        return tokens;
    }

    private Answer answer(int index, int[] prompt, GenerationOptions options) {
        return new Answer(index, 0, prompt, options, encoder.ending(options), encoder.decoder());
    }

    /** Indices in batches of similar length. */
    private static List<List<Integer>> byLength(List<int[]> sequences) {
        var order = IntStream.range(0, sequences.size()).boxed()
                .sorted(Comparator.comparingInt(index -> sequences.get(index).length)).toList();
        var batches = new ArrayList<List<Integer>>();
        for (int from = 0; from < order.size(); from += BATCH) {
            batches.add(order.subList(from, Math.min(from + BATCH, order.size())));
        }
        return batches;
    }

    /** Ends what runs, as {@link FinishReason#CANCELLED}; later calls are refused. */
    @Override
    public void close() {
        closed = true;
        encoder.close();
    }
}
