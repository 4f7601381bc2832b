package org.xlstm4j.generate;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.xlstm4j.checkpoint.TextStream;

/** An answer in the making: token after token until something ends it. */
final class Answer {
    private final int index;
    private final int promptTokens;
    private final Ending ending;
    private final BitSet before = new BitSet();
    private final SplittableRandom random;
    private final TextStream decoder;
    private final StopStrings stops;
    private final WholeCharacters characters = new WholeCharacters();
    private final List<Integer> tokens = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private double logProbability;
    private int latest;
    private FinishReason finish;

    /**
     * @param index   its number among its siblings
     * @param sample  its number among the samples of one prompt
     * @param decoder new
     */
    Answer(int index, int sample, int[] prompt, GenerationOptions options, Ending ending, TextStream decoder) {
        this.index = index;
        this.promptTokens = prompt.length;
        this.ending = ending;
        this.random = Sampler.random(options.seed(), sample);
        this.decoder = decoder;
        this.stops = new StopStrings(ending.stops());
        decoder.follow(prompt);
        if (Sampler.heedsTokens(options)) {
            for (int id : prompt) {
                before.set(id);
            }
        }
    }

    boolean isOpen() {
        return finish == null;
    }

    /** The latest token that was chosen, an end token included. */
    int latest() {
        return latest;
    }

    /** Ends it, if it is open, with the text that was told. */
    void cancel() {
        finish = finish == null ? FinishReason.CANCELLED : finish;
    }

    /** Chooses the next token. */
    GeneratedToken next(Sampler sampler, float[] logits) {
        var choice = sampler.choose(logits, before, random);
        latest = choice.id();
        logProbability += choice.logProbability();
        finish = ending.of(choice.id(), tokens.size() + 1);
        if (isText()) {
            tokens.add(choice.id());
            before.set(choice.id());
        }
        var piece = piece(choice.id());
        text.append(piece);
        return new GeneratedToken(index, choice.id(), choice.logProbability(), piece);
    }

    /** Whether the latest token is part of the answer. */
    private boolean isText() {
        return finish == null || finish == FinishReason.LENGTH;
    }

    private String piece(int id) {
        var certain = isText() ? stops.add(decoder.add(id)) : "";
        if (finish != null && !stops.isFound()) {
            certain += stops.add(decoder.end()) + stops.end();
        }
        if (stops.isFound()) {
            finish = FinishReason.STOP;
        }
        var whole = characters.add(certain);
        return finish == null ? whole : whole + characters.end();
    }

    List<Integer> tokens() {
        return tokens;
    }

    /** What it came to, cancelled if nothing else ended it. */
    Generation result() {
        cancel();
        return new Generation(text.toString(), tokens, promptTokens, finish, logProbability);
    }
}
