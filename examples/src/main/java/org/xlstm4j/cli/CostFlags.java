package org.xlstm4j.cli;

import java.util.Map;
import java.util.Optional;
import org.xlstm4j.distill.judge.CostFront;
import org.xlstm4j.distill.judge.Judgement;
import picocli.CommandLine.Option;

/** The options of what models cost. */
final class CostFlags {
    @Option(names = "--cost", paramLabel = "MODEL=N", description = "What each student costs, and the teacher if known:"
            + " parameters, bytes, tokens/s; for the Pareto front of recovery against cost.")
    private Map<String, Double> costs = Map.of();

    @Option(names = "--cost-name", defaultValue = "cost", paramLabel = "TEXT",
            description = "What the cost is, with its unit (default: ${DEFAULT-VALUE}).")
    private String name;

    @Option(names = "--more-is-better", description = "The cost is better high, such as a rate of decoding.")
    private boolean moreIsBetter;

    Optional<CostFront> front(Judgement judgement) {
        return costs.isEmpty() ? Optional.empty()
                : Optional.of(CostFront.of(judgement, costs, name, moreIsBetter));
    }
}
