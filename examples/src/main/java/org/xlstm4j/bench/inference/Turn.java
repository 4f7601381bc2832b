package org.xlstm4j.bench.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One contender at one context: its process, and what was measured of it so far. After a failure it does nothing. */
final class Turn implements AutoCloseable {
    private static final int WARM_UPS = 2;

    private final Contender contender;
    private final Plan plan;
    private final int context;
    private final int vocabSize;
    private final List<Double> prefillSeconds = new ArrayList<>();
    private final List<Double> decodeRates = new ArrayList<>();
    private final List<Integer> tokens = new ArrayList<>();
    private Worker worker;
    private boolean begun;
    private long peakBytes;
    private String failure;

    Turn(Contender contender, Plan plan, int context, int vocabSize) {
        this.contender = contender;
        this.plan = plan;
        this.context = context;
        this.vocabSize = vocabSize;
    }

    Subject subject() {
        return contender.subject();
    }

    int context() {
        return context;
    }

    /** Who runs the model; empty where nobody does. */
    Optional<String> name() {
        return Optional.ofNullable(worker).map(Worker::name);
    }

    /** Something to do with the process. */
    interface Step {
        void run() throws IOException;
    }

    /** Does something unless something failed before. */
    void attempt(Step step) {
        if (failure == null) {
            try {
                step.run();
            } catch (IOException e) {
                failure = e.getMessage();
            }
        }
    }

    /** Starts the process and has its code compiled. */
    void start() throws IOException {
        worker = contender.start();
        for (int i = 0; i < WARM_UPS; i++) {
            worker.prefill(plan.warmUpPrompt(context, vocabSize), plan.tokens());
            worker.decode(plan.tokens());
        }
    }

    /** Reads the prompt, unless that has taken long enough, or fills the cache where it is too long to be read. */
    void prefill() throws IOException {
        if (context > contender.readUpTo()) {
            if (!begun) {
                worker.fill(context, plan.newTokens());
                worker.decode(plan.tokens());
            }
        } else if (prefillSeconds.isEmpty()) {
            read();
            tokens.addAll(worker.decode(plan.tokens()).tokens());
            // Later readings may meet what earlier ones left behind.
            peakBytes = worker.peakBytes();
        } else if (prefillSeconds.stream().mapToDouble(Double::doubleValue).sum() < plan.prefillSeconds()) {
            read();
        }
        begun = true;
    }

    private void read() throws IOException {
        var answer = worker.prefill(plan.prompt(context, vocabSize), plan.newTokens());
        prefillSeconds.add(answer.seconds());
        if (tokens.isEmpty()) {
            tokens.addAll(answer.tokens());
        }
    }

    /** Decodes a round. */
    void decode() throws IOException {
        decodeRates.add(plan.tokens() / worker.decode(plan.tokens()).seconds());
    }

    /** Keeps where decoding stands. */
    void save(Path file) throws IOException {
        worker.save(file);
    }

    /** What was measured. */
    Point point() {
        return new Point(subject(), context, prefillSeconds, decodeRates, peakBytes, tokens,
                Optional.ofNullable(failure));
    }

    @Override
    public void close() throws IOException {
        if (worker != null) {
            worker.close();
        }
    }
}
