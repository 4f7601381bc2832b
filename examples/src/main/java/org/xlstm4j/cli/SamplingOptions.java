package org.xlstm4j.cli;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.xlstm4j.generate.GenerationOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of commands that generate text: how tokens are chosen, and what ends an answer. */
final class SamplingOptions {
    private static final Pattern CAPITAL = Pattern.compile("(?=[A-Z])");

    @Option(names = "--max-new-tokens", paramLabel = "N", defaultValue = "128",
            description = "Tokens of an answer at most (default: ${DEFAULT-VALUE}).")
    private int maxNewTokens;

    @Option(names = "--temperature", paramLabel = "T", defaultValue = "0",
            description = "Draw tokens, from logits divided by this; 0 takes the likeliest (default: "
                    + "${DEFAULT-VALUE}).")
    private double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Draw from the K likeliest tokens (default: from all).")
    private Integer topK;

    @Option(names = "--top-p", paramLabel = "P",
            description = "Draw from the fewest tokens that have this probability together (default: from all).")
    private Double topP;

    @Option(names = "--min-p", paramLabel = "P",
            description = "Draw from tokens with this part of the likeliest one's probability (default: from all).")
    private Double minP;

    @Option(names = "--repetition-penalty", paramLabel = "R", defaultValue = "1",
            description = "What logits of earlier tokens are divided by, or multiplied if negative (default: "
                    + "${DEFAULT-VALUE}, none).")
    private double repetitionPenalty;

    @Option(names = "--seed", paramLabel = "N",
            description = "Of the draws: the same again gives the same (default: 0).")
    private Long seed;

    @Option(names = "--stop", paramLabel = "TEXT",
            description = "End an answer before this text; may be given several times.")
    private List<String> stops = List.of();

    boolean isGreedy() {
        return temperature == 0;
    }

    /** @throws ParameterException if one lies outside its range, or would have no effect */
    GenerationOptions read(CommandSpec spec) {
        if (isGreedy() && (topK != null || topP != null || minP != null || seed != null)) {
            throw new ParameterException(spec.commandLine(), "--top-k, --top-p, --min-p and --seed are for draws, and "
                    + "nothing is drawn without --temperature");
        }
        try {
            return new GenerationOptions(maxNewTokens, temperature, topK == null ? 0 : topK, topP == null ? 1 : topP,
                    minP == null ? 0 : minP, repetitionPenalty, seed == null ? 0 : seed, stops);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), inOptions(e.getMessage()), e);
        }
    }

    /** The message, which begins with a component's name, with the option's instead. */
    private static String inOptions(String message) {
        int end = message.indexOf(' ');
        var name = String.join("-", CAPITAL.split(message.substring(0, end))).toLowerCase(Locale.ROOT);
        return "--" + (name.equals("stop-strings") ? "stop" : name) + message.substring(end);
    }
}
