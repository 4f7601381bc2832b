package org.xlstm4j.cli;

import org.xlstm4j.ops.loss.Divergence;
import picocli.CommandLine.Option;

/** The options that say how far a student is from its teacher. */
final class DivergenceOptions {
    @Option(names = "--beta", defaultValue = "0", paramLabel = "B",
            description = "The divergence: 0 for the forward KL, 1 for the reverse one, between them the generalised"
                    + " Jensen-Shannon divergence (default: ${DEFAULT-VALUE}).")
    private double beta;

    @Option(names = "--temperature", defaultValue = "1", paramLabel = "T",
            description = "What teacher's and student's logits are divided by in it (default: ${DEFAULT-VALUE}).")
    private double temperature;

    @Option(names = "--tail", defaultValue = "none", paramLabel = "WHAT",
            description = "Whether the ids that are not the teacher's likeliest make one more class of it: none, rest"
                    + " for what the likeliest leave, given for what a store captured with --tail says"
                    + " (default: ${DEFAULT-VALUE}).")
    private Divergence.Tail tail;

    /** @throws IllegalArgumentException if beta or the temperature is out of its range */
    Divergence divergence() {
        return new Divergence(beta, temperature, tail);
    }
}
