package org.xlstm4j.bench.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Measures every contender at every context. Each meets a context in a process of its own, so that its peak memory is
 * that of this context alone; the processes of a context are timed in turns, so that all meet the same noise. In the end
 * one process of the student decodes from all contexts in turns, for its rates to be compared.
 */
public final class InferenceBench {
    private final Plan plan;
    private final int vocabSize;
    private final List<Contender> contenders;
    private final Path folder;
    private final Listener listener;
    private final List<Point> points = new ArrayList<>();
    private final Map<Subject, String> names = new EnumMap<>(Subject.class);
    private final Map<Integer, List<Double>> together = new TreeMap<>();
    private int steps;

    /** Hears how the measuring goes. */
    public interface Listener {
        /** So many of {@link #steps} are done, and this is next. */
        void next(int done, String what);

        /** More has been measured. */
        void measured(InferenceReport report) throws IOException;
    }

    /**
     * @param vocabSize  words of the models
     * @param contenders who is measured, in the order of their turns
     * @param folder     for the student's states meanwhile
     */
    public InferenceBench(Plan plan, int vocabSize, List<Contender> contenders, Path folder, Listener listener) {
        this.plan = plan;
        this.vocabSize = vocabSize;
        this.contenders = List.copyOf(contenders);
        this.folder = folder;
        this.listener = listener;
    }

    /** How many steps there are at most. */
    public static int steps(Plan plan, int contenders) {
        return plan.contexts().size() * (contenders * (1 + plan.prefills() + plan.rounds()) + 1 + plan.rounds());
    }

    /** Measures all; what fails is noted in its point. */
    public InferenceReport run() throws IOException {
        var states = new TreeMap<Integer, Path>();
        try {
            for (int context : plan.contexts()) {
                measure(context, states);
                listener.measured(report(false));
            }
            inTurns(states);
        } finally {
            for (var state : states.values()) {
                Files.deleteIfExists(state);
            }
        }
        var report = report(true);
        listener.measured(report);
        return report;
    }

    private InferenceReport report(boolean complete) {
        return new InferenceReport(plan, names, points, together, complete);
    }

    private void measure(int context, Map<Integer, Path> states) throws IOException {
        var turns = contenders.stream().map(contender -> new Turn(contender, plan, context, vocabSize)).toList();
        try {
            for (var turn : turns) {
                step(turn, "is loaded", Turn::start);
                turn.name().ifPresent(name -> names.put(turn.subject(), name));
            }
            for (int repeat = 0; repeat < plan.prefills(); repeat++) {
                for (var turn : turns) {
                    step(turn, "reads the prompt", Turn::prefill);
                }
            }
            for (int round = 0; round < plan.rounds(); round++) {
                for (var turn : turns) {
                    step(turn, "decodes", Turn::decode);
                }
            }
            for (var turn : turns) {
                if (turn.subject() == Subject.STUDENT) {
                    turn.attempt(() -> {
                        var file = folder.resolve("student-" + context + ".state");
                        file.toFile().deleteOnExit();
                        turn.save(file);
                        states.put(context, file);
                    });
                }
            }
        } finally {
            closeAll(turns);
        }
        turns.forEach(turn -> points.add(turn.point()));
    }

    private void inTurns(Map<Integer, Path> states) throws IOException {
        var student = contenders.stream().filter(contender -> contender.subject() == Subject.STUDENT).findFirst();
        if (states.isEmpty() || student.isEmpty()) {
            return;
        }
        try (var worker = student.get().start()) {
            // A first turn of all has the code compiled.
            for (int round = -1; round < plan.rounds(); round++) {
                for (var entry : states.entrySet()) {
                    listener.next(steps++, "student decodes at " + entry.getKey() + ", all contexts in turns");
                    worker.resume(entry.getValue(), 2 * plan.tokens());
                    // What was just read from a file is not in the processor's caches.
                    worker.decode(plan.tokens());
                    double rate = plan.tokens() / worker.decode(plan.tokens()).seconds();
                    if (round >= 0) {
                        together.computeIfAbsent(entry.getKey(), context -> new ArrayList<>()).add(rate);
                    }
                }
            }
        }
    }

    private interface Step {
        void run(Turn turn) throws IOException;
    }

    private void step(Turn turn, String what, Step step) {
        listener.next(steps++, turn.subject().text() + " " + what + " at " + turn.context());
        turn.attempt(() -> step.run(turn));
    }

    private static void closeAll(Iterable<Turn> turns) throws IOException {
        IOException failure = null;
        for (var turn : turns) {
            try {
                turn.close();
            } catch (IOException e) {
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
