package org.xlstm4j.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.xlstm4j.distill.judge.CostFront;
import org.xlstm4j.distill.judge.Judgement;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of what models cost, for the Pareto front of recovery against cost: given, or from a benchmark. */
final class CostFlags {
    @Option(names = "--cost", paramLabel = "MODEL=N", description = "What each student costs, and the teacher if known:"
            + " parameters, bytes, tokens/s; for the Pareto front of recovery against cost.")
    private Map<String, Double> costs = Map.of();

    @Option(names = "--cost-name", defaultValue = "cost", paramLabel = "TEXT",
            description = "What the cost is, with its unit (default: ${DEFAULT-VALUE}).")
    private String name;

    @Option(names = "--more-is-better", description = "The cost is better high, such as a rate of decoding.")
    private boolean moreIsBetter;

    @Option(names = "--bench", paramLabel = "STUDENT=FILE",
            description = "Take each student's cost, and the teacher's, from its bench inference --json.")
    private Map<String, Path> benches = Map.of();

    @Option(names = "--bench-figure", defaultValue = "decode", paramLabel = "FIGURE",
            description = "decode, prefill or memory (default: ${DEFAULT-VALUE}).")
    private BenchFigure figure;

    @Option(names = "--bench-context", paramLabel = "N",
            description = "At which context (default: the longest that all students were measured at).")
    private Integer context;

    /** @throws ParameterException if costs are given in both ways */
    Optional<CostFront> front(CommandSpec spec, Judgement judgement) throws IOException {
        if (!costs.isEmpty() && !benches.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--cost and --bench both say what models cost; use one");
        }
        if (!benches.isEmpty()) {
            return Optional.of(measured(judgement));
        }
        return costs.isEmpty() ? Optional.empty()
                : Optional.of(CostFront.of(judgement, costs, name, moreIsBetter));
    }

    private CostFront measured(Judgement judgement) throws IOException {
        var points = new LinkedHashMap<String, JsonNode>();
        for (var bench : benches.entrySet()) {
            points.put(bench.getKey(), BenchFigure.points(bench.getValue()));
        }
        int at = context(points);
        var found = new LinkedHashMap<String, Double>();
        points.forEach((student, measured) -> {
            found.put(student, figure.of(measured, "student", at).orElseThrow());
            figure.of(measured, "teacher", at).ifPresent(cost -> found.putIfAbsent(judgement.teacher(), cost));
        });
        return CostFront.of(judgement, found, figure.label(at), figure.moreIsBetter());
    }

    private int context(Map<String, JsonNode> points) throws IOException {
        var shared = new TreeSet<Integer>();
        points.values().forEach(measured -> shared.addAll(figure.contexts(measured)));
        points.values().forEach(measured -> shared.retainAll(figure.contexts(measured)));
        if (shared.isEmpty() || context != null && !shared.contains(context)) {
            throw new IOException("the benchmarks of " + String.join(", ", points.keySet()) + " do not all have the"
                    + " student's " + figure.name().toLowerCase(Locale.ROOT)
                    + (context == null ? " at one context" : " at " + context + " tokens; they share " + shared));
        }
        return context == null ? shared.last() : context;
    }
}
