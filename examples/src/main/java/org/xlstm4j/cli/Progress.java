package org.xlstm4j.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * How far a command is: a bar with rate and time left on a terminal, elsewhere a plain line every few seconds.
 *
 * <p>The launch scripts say by the property {@value #TERMINAL} whether standard error is a terminal.
 */
final class Progress implements AutoCloseable {
    static final String TERMINAL = "xlstm4j.terminal";
    private static final long LINE_EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int BAR_EVERY_MILLIS = 200;

    private final PrintWriter err;
    private final String task;
    private final String unit;
    private final long total;
    private final ProgressBar bar;
    private final long start = System.nanoTime();
    private long lastLine = start;

    Progress(PrintWriter err, String task, String unit, long total) {
        this.err = err;
        this.task = task;
        this.unit = unit;
        this.total = total;
        this.bar = onTerminal() ? bar(task, unit, total) : null;
    }

    private static boolean onTerminal() {
        var told = System.getProperty(TERMINAL);
        return told == null ? System.console() != null : Boolean.parseBoolean(told);
    }

    private static ProgressBar bar(String task, String unit, long total) {
        return new ProgressBarBuilder().setTaskName(task).setUnit(" " + unit, 1).setInitialMax(total).showSpeed()
                .setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(BAR_EVERY_MILLIS).build();
    }

    /** So many units are done. */
    void update(long done) {
        update(done, "");
    }

    /** So many units are done; {@code message} says how it goes, such as the loss. */
    synchronized void update(long done, String message) {
        if (bar != null) {
            bar.stepTo(done).setExtraMessage(message.isEmpty() ? "" : " " + message);
        } else if (System.nanoTime() - lastLine >= LINE_EVERY_NANOS || done == total) {
            lastLine = System.nanoTime();
            err.println(line(done, lastLine - start, message));
            err.flush();
        }
    }

    private String line(long done, long nanos, String message) {
        double seconds = Math.max(nanos, 1) / 1e9;
        var left = done == 0 || done == total ? "" : ", " + time(seconds * (total - done) / done) + " left";
        return String.format(Locale.ROOT, "%s: %d/%d %s, %.1f/s, %s%s%s", task, done, total, unit, done / seconds,
                time(seconds), left, message.isEmpty() ? "" : ", " + message);
    }

    private static String time(double seconds) {
        var duration = Duration.ofSeconds(Math.round(seconds));
        return duration.toHours() > 0
                ? String.format(Locale.ROOT, "%d:%02d:%02d", duration.toHours(), duration.toMinutesPart(),
                        duration.toSecondsPart())
                : String.format(Locale.ROOT, "%d:%02d", duration.toMinutes(), duration.toSecondsPart());
    }

    /** Ends the bar. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
