package org.xlstm4j.cli;

import picocli.CommandLine.Option;

/** The options of commands that go through rows in batches, in an order that a seed gives. */
final class BatchOptions {
    @Option(names = "--batch", defaultValue = "8", paramLabel = "N",
            description = "Rows a batch (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "Seed of the order (default: ${DEFAULT-VALUE}).")
    private long seed;

    int batch() {
        return batch;
    }

    long seed() {
        return seed;
    }
}
