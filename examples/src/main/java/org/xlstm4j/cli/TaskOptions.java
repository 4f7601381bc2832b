package org.xlstm4j.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.Split;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** The options of commands that evaluate models on tasks. */
final class TaskOptions {
    @Option(names = "--tasks", required = true, arity = "1..*", paramLabel = "FILE",
            description = "Files of lines {\"task\": ..., \"prompt\": ..., \"answer\": ...}.")
    private List<Path> files;

    @Option(names = "--max-new-tokens", defaultValue = "48", paramLabel = "N",
            description = "Where to stop an answer that does not end (default: ${DEFAULT-VALUE}).")
    private int maxNewTokens;

    @Option(names = "--limit", paramLabel = "N", description = "Items a task at most (default: all).")
    private Integer limit;

    List<Path> files() {
        return files;
    }

    /** The options, on {@code split}. */
    EvaluationOptions options(CommandSpec spec, Split split) {
        try {
            return EvaluationOptions.defaults().withSplit(split).withMaxNewTokens(maxNewTokens)
                    .withMaxItemsPerTask(limit == null ? Integer.MAX_VALUE : limit);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
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
}
