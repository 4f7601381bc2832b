package org.xlstm4j.bench;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.xlstm4j.distill.corpus.PackedCorpus;
import org.xlstm4j.distill.data.DataCursor;

/** How fast a corpus becomes batches, and how fast training consumes them. */
public final class DataBench {
    private static final int FEWEST_STEPS = 5;

    private DataBench() {
    }

    /**
     * What a stream gave.
     *
     * @param threads         threads that tokenised
     * @param tokensPerSecond tokens of batches, padding left out, from its opening on
     * @param density         share of the rows' tokens that are not padding
     * @param resumeSeconds   from opening a stream where that one ended to its first batch
     */
    public record Rate(int threads, double tokensPerSecond, double density, double resumeSeconds) {
    }

    /** Reads batches for so many seconds or some more, to the end of a block, and nothing else. */
    public static Rate stream(PackedCorpus corpus, double seconds) throws IOException {
        long tokens = 0;
        DataCursor end;
        long start = System.nanoTime();
        double elapsed = 0;
        double density;
        try (var stream = corpus.stream(DataCursor.START)) {
            long block = 0;
            while ((elapsed < seconds || stream.cursor().block() == block) && stream.hasNext()) {
                block = stream.cursor().block();
                tokens += stream.next().tokens();
                elapsed = secondsSince(start);
            }
            end = stream.cursor();
            density = stream.report().density();
        }
        long opened = System.nanoTime();
        try (var stream = corpus.stream(end)) {
            stream.hasNext();
            return new Rate(corpus.options().threads(), tokens / elapsed, density, secondsSince(opened));
        }
    }

    /**
     * Tokens a second that training consumes at its fastest: those of a batch by the quickest step of so many seconds.
     *
     * @param step a training step that is ready to be run
     */
    public static double training(Callable<?> step, long tokensOfBatch, double seconds) throws Exception {
        step.call();
        double[] times = {};
        long start = System.nanoTime();
        while (times.length < FEWEST_STEPS || secondsSince(start) < seconds) {
            long begin = System.nanoTime();
            step.call();
            times = Arrays.copyOf(times, times.length + 1);
            times[times.length - 1] = secondsSince(begin);
        }
        return tokensOfBatch / Arrays.stream(times).min().orElseThrow();
    }

    private static double secondsSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }
}
