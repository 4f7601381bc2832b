package org.xlstm4j.bench;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * JMH's harness around one call at a time. It runs in this process: a process of its own for every row of the table
 * would take longer to load ND4J than to measure, and training has all operators in one process, too.
 */
@State(Scope.Benchmark)
public class CallBenchmark {
    private static volatile Callable<?> measured;

    /** A call may leave arrays outside the heap, where nothing else asks for a collection. JMH's own takes longer. */
    @Setup(Level.Iteration)
    public void collectGarbage() {
        System.gc();
    }

    /** The call. */
    @Benchmark
    public Object call() throws Exception {
        return measured.call();
    }

    /**
     * Times a call.
     *
     * @throws IllegalStateException if the call fails, or another JMH runs on this machine
     */
    static synchronized Timing time(Callable<?> call, Effort effort) {
        measured = call;
        var options = new OptionsBuilder().include("^" + CallBenchmark.class.getName() + "\\.call$").forks(0)
                .threads(1).mode(Mode.SampleTime).timeUnit(TimeUnit.MILLISECONDS)
                .warmupIterations(effort.warmup().isZero() ? 0 : 1)
                .warmupTime(TimeValue.milliseconds(effort.warmup().toMillis()))
                .measurementIterations(effort.iterations())
                .measurementTime(TimeValue.milliseconds(effort.iteration().toMillis()))
                .shouldFailOnError(true).verbosity(VerboseMode.SILENT).build();
        try {
            return Timing.of(new Runner(options).runSingle().getPrimaryResult().getStatistics());
        } catch (RunnerException e) {
            throw new IllegalStateException(cause(e).toString(), e);
        } finally {
            measured = null;
        }
    }

    private static Throwable cause(Throwable thrown) {
        var cause = thrown;
        for (var next = thrown; next != null; next = next.getCause()) {
            cause = next.getSuppressed().length > 0 ? next.getSuppressed()[0] : next;
        }
        return cause;
    }
}
