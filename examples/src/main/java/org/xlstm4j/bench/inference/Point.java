package org.xlstm4j.bench.inference;

import java.util.List;
import java.util.Optional;

/**
 * What one model came to at one context.
 *
 * @param subject        the model
 * @param context        tokens before the first that is decoded
 * @param prefillSeconds of each reading of the prompt, until the first token after it was known; none where it was not
 *                       read
 * @param decodeRates    tokens a second of each round
 * @param peakBytes      the most that its process held in loading, reading the prompt for the first time and decoding a
 *                       round; 0 where the prompt was not read
 * @param tokens         the first tokens after the prompt; none where it was not read
 * @param failure        why there are figures missing
 */
public record Point(Subject subject, int context, List<Double> prefillSeconds, List<Double> decodeRates, long peakBytes,
                    List<Integer> tokens, Optional<String> failure) {
    public Point {
        prefillSeconds = List.copyOf(prefillSeconds);
        decodeRates = List.copyOf(decodeRates);
        tokens = List.copyOf(tokens);
    }

    /** Seconds until the first token after the prompt is known, the median; NaN where it was not read. */
    public double firstTokenSeconds() {
        return median(prefillSeconds);
    }

    /** Tokens of the prompt a second until the first token is known; NaN where it was not read. */
    public double prefillRate() {
        return context / firstTokenSeconds();
    }

    /** Tokens decoded a second, the median; NaN where none was. */
    public double decodeRate() {
        return median(decodeRates);
    }

    /** The middle value, or the mean of both; NaN of none. */
    public static double median(List<Double> values) {
        var sorted = values.stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.isEmpty() ? Double.NaN
                : sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
}
