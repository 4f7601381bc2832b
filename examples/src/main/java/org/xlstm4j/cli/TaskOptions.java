package org.xlstm4j.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.Normalization;
import org.xlstm4j.distill.evaluate.Split;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** The options of commands that evaluate models on tasks. */
final class TaskOptions {
    @Option(names = "--tasks", arity = "1..*", paramLabel = "FILE",
            description = {"Files of JSON lines, \"task\" with \"prompt\" and \"answer\" (greedy exact match),",
                "with \"prompt\", \"choices\" and \"gold\" (multiple choice), or with \"text\" (perplexity)."})
    private List<Path> files;

    @Option(names = "--max-new-tokens", defaultValue = "48", paramLabel = "N",
            description = "Where to stop an answer that does not end (default: ${DEFAULT-VALUE}).")
    private int maxNewTokens;

    @Option(names = "--choice-norm", defaultValue = "characters", paramLabel = "BY",
            converter = NormalizationConverter.class, description = {"What multiple choice is compared by: the "
            + "log-likelihood of a choice over its", "characters, its tokens or none; all are measured",
                "(default: characters)."})
    private Normalization normalization;

    @Option(names = "--text-window", paramLabel = "N", description = {"Tokens of a text read at once, longer ones in "
            + "windows (default: 2048,", "or as many as the model was made for where those are fewer)."})
    private Integer window;

    @Option(names = "--limit", paramLabel = "N", description = "Items a task at most (default: all).")
    private Integer limit;

    /** The files, at least one. */
    List<Path> files(CommandSpec spec) {
        if (files == null) {
            throw new ParameterException(spec.commandLine(), "Missing required option: '--tasks=FILE'");
        }
        return files;
    }

    /** Whether there are files. */
    boolean isGiven() {
        return files != null;
    }

    /** The options, on {@code split}. */
    EvaluationOptions options(CommandSpec spec, Split split) {
        try {
            return EvaluationOptions.defaults().withSplit(split).withMaxNewTokens(maxNewTokens)
                    .withMaxItemsPerTask(limit == null ? Integer.MAX_VALUE : limit)
                    .withNormalization(normalization).withWindow(window());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private int window() {
        if (window != null && window < 1) {
            throw new IllegalArgumentException("--text-window must be 1 or more, not " + window);
        }
        return window == null ? EvaluationOptions.DEFAULT_WINDOW : window;
    }

    /** Reads {@code all}, {@code tuning} and {@code held-out}. */
    static final class SplitConverter implements ITypeConverter<Split> {
        @Override
        public Split convert(String value) {
            return switch (value.toLowerCase(Locale.ROOT)) {
                case "all" -> Split.ALL;
                case "tuning" -> Split.TUNING;
                case "held-out" -> Split.HELD_OUT;
                default -> throw new TypeConversionException("'" + value + "' is not all, tuning or held-out");
            };
        }
    }

    /** Reads {@code characters}, {@code tokens} and {@code none}. */
    static final class NormalizationConverter implements ITypeConverter<Normalization> {
        @Override
        public Normalization convert(String value) {
            return switch (value.toLowerCase(Locale.ROOT)) {
                case "characters" -> Normalization.CHARACTERS;
                case "tokens" -> Normalization.TOKENS;
                case "none" -> Normalization.NONE;
                default -> throw new TypeConversionException("'" + value + "' is not characters, tokens or none");
            };
        }
    }
}
