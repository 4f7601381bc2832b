package org.xlstm4j.generate;

import java.util.List;

/**
 * How an answer is made. The next token is chosen as Hugging Face's transformers choose it, in this order: the
 * repetition penalty, then, unless the temperature is 0, temperature, top-k, top-p, min-p and a draw from what is left.
 *
 * @param maxNewTokens      most tokens of an answer, at least 1
 * @param temperature       what logits are divided by; 0 takes the likeliest token, the lowest id of equals
 * @param topK              tokens to draw from: the so many likeliest, and those as likely as the last; 0 for all
 * @param topP              tokens to draw from: the fewest likeliest that have this probability together; 1 for all
 * @param minP              tokens to draw from: those with this part of the likeliest one's probability; 0 for all
 * @param repetitionPenalty what positive logits of tokens in prompt or answer are divided by, and negative ones
 *                          multiplied (arXiv 1909.05858); 1 for none
 * @param seed              of the draws: the same text again from the same prompt, whatever else runs
 * @param stopStrings       texts that end an answer where the first of them is complete, of several the longest; they
 *                          are left out of it. One that spells a special token, which has no text, ends it at that
 *                          token; one with a character that no token can say is refused
 */
public record GenerationOptions(int maxNewTokens, double temperature, int topK, double topP, double minP,
                                double repetitionPenalty, long seed, List<String> stopStrings) {

    private static final GenerationOptions DEFAULTS = new GenerationOptions(128, 0, 0, 1, 0, 1, 0, List.of());

    /** @throws IllegalArgumentException if a value lies outside its range, naming it */
    public GenerationOptions {
        stopStrings = List.copyOf(stopStrings);
        require(maxNewTokens >= 1, "maxNewTokens", maxNewTokens, "at least 1");
        require(temperature >= 0 && Double.isFinite(temperature), "temperature", temperature,
                "0 for the likeliest token or a positive number");
        require(topK >= 0, "topK", topK, "at least 1, or 0 for all tokens");
        require(topP > 0 && topP <= 1, "topP", topP, "above 0 and at most 1, for all tokens");
        require(minP >= 0 && minP <= 1, "minP", minP, "from 0, for all tokens, to 1");
        require(repetitionPenalty > 0 && Double.isFinite(repetitionPenalty), "repetitionPenalty", repetitionPenalty,
                "a positive number, 1 for no penalty");
        require(!stopStrings.contains(""), "stopStrings", stopStrings, "at least one character each");
    }

    private static void require(boolean right, String name, Object value, String range) {
        if (!right) {
            throw new IllegalArgumentException(name + " must be " + range + ", was " + value);
        }
    }

    /** The likeliest token each time, at most 128. */
    public static GenerationOptions defaults() {
        return DEFAULTS;
    }

    /** These with another {@link #maxNewTokens}. */
    public GenerationOptions withMaxNewTokens(int most) {
        return new GenerationOptions(most, temperature, topK, topP, minP, repetitionPenalty, seed, stopStrings);
    }

    /** These with another {@link #temperature}. */
    public GenerationOptions withTemperature(double divisor) {
        return new GenerationOptions(maxNewTokens, divisor, topK, topP, minP, repetitionPenalty, seed, stopStrings);
    }

    /** These with another {@link #topK}. */
    public GenerationOptions withTopK(int likeliest) {
        return new GenerationOptions(maxNewTokens, temperature, likeliest, topP, minP, repetitionPenalty, seed,
                stopStrings);
    }

    /** These with another {@link #topP}. */
    public GenerationOptions withTopP(double probability) {
        return new GenerationOptions(maxNewTokens, temperature, topK, probability, minP, repetitionPenalty, seed,
                stopStrings);
    }

    /** These with another {@link #minP}. */
    public GenerationOptions withMinP(double part) {
        return new GenerationOptions(maxNewTokens, temperature, topK, topP, part, repetitionPenalty, seed,
                stopStrings);
    }

    /** These with another {@link #repetitionPenalty}. */
    public GenerationOptions withRepetitionPenalty(double penalty) {
        return new GenerationOptions(maxNewTokens, temperature, topK, topP, minP, penalty, seed, stopStrings);
    }

    /** These with another {@link #seed}. */
    public GenerationOptions withSeed(long other) {
        return new GenerationOptions(maxNewTokens, temperature, topK, topP, minP, repetitionPenalty, other,
                stopStrings);
    }

    /** These with other {@link #stopStrings}. */
    public GenerationOptions withStopStrings(List<String> texts) {
        return new GenerationOptions(maxNewTokens, temperature, topK, topP, minP, repetitionPenalty, seed, texts);
    }

    /** These with other {@link #stopStrings}. */
    public GenerationOptions withStopStrings(String... texts) {
        return withStopStrings(List.of(texts));
    }
}
