package org.xlstm4j.serve;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xlstm4j.generate.FinishReason;
import org.xlstm4j.generate.Generation;

/**
 * A task at work in a thread of its own, so that a client that reads slowly keeps no place at the model. What it has to
 * say waits for the client's thread; the answers' length bounds how much.
 */
final class Job implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Job.class);

    private final Engine engine;
    private final Task task;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private volatile boolean cancelled;

    Job(Engine engine, Task task) {
        this.engine = engine;
        this.task = task;
    }

    /** What a job tells its client. */
    sealed interface Event {
    }

    /** More of the text of an answer. */
    record Piece(int index, String text) implements Event {
    }

    /** All answers, at the end. */
    record Done(List<Generation> answers) implements Event {
    }

    /** That there will be no answers, at the end. */
    record Failed(ApiException reason) implements Event {
    }

    Task task() {
        return task;
    }

    @Override
    public void run() {
        events.add(end());
    }

    private Event end() {
        try {
            if (cancelled) {
                return new Failed(ApiException.stopping());
            }
            var answers = answers();
            boolean whole = answers.size() == task.choices()
                    && answers.stream().noneMatch(answer -> answer.finishReason() == FinishReason.CANCELLED);
            return whole ? new Done(answers) : new Failed(ApiException.stopping());
        } catch (RuntimeException | Error e) {
            // The client hears of it, too, and the next request may well succeed.
            LOG.error("A request failed", e);
            return new Failed(ApiException.failed());
        }
    }

    private List<Generation> answers() {
        if (task.samples() == 1) {
            return engine.generateAll(List.copyOf(task.prompts()), task.options(),
                    token -> hear(token.index(), token.text()));
        }
        var answers = new ArrayList<Generation>();
        for (int i = 0; i < task.prompts().size() && !cancelled; i++) {
            int first = answers.size();
            answers.addAll(engine.samples(task.prompts().get(i), task.samples(), task.options(),
                    token -> hear(first + token.index(), token.text())));
        }
        return answers;
    }

    private boolean hear(int index, String text) {
        if (task.stream() && !text.isEmpty()) {
            events.add(new Piece(index, text));
        }
        return !cancelled;
    }

    /** Ends the work at the next token, and tells the client now; without an effect once it is done. */
    void cancel() {
        cancelled = true;
        events.add(new Failed(ApiException.stopping()));
    }

    /** The next event, or null if there is none in time. */
    Event next(Duration patience) throws InterruptedException {
        return events.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Whether an event is there to be taken. */
    boolean hasNext() {
        return !events.isEmpty();
    }
}
