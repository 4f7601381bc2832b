package org.xlstm4j.serve;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.xlstm4j.generate.Generation;

/**
 * Brings what a job says to its client, whole or as a stream of server-sent events. The JDK's server tells of a client
 * that went away only when it is written to; so one that waits is sent signs of life, which mean nothing: a comment in
 * a stream, white space before JSON.
 */
final class Delivery {
    private static final String EVENTS = "text/event-stream; charset=utf-8";
    private static final byte[] SPACE = " ".getBytes(US_ASCII);
    private static final byte[] COMMENT = ": still at work\n\n".getBytes(US_ASCII);
    private static final byte[] DATA = "data: ".getBytes(US_ASCII);
    private static final byte[] END_OF_EVENT = "\n\n".getBytes(US_ASCII);
    private static final byte[] LAST = "data: [DONE]\n\n".getBytes(US_ASCII);

    private final Call call;
    private final Job job;
    private final Response response;
    private final Duration heartbeat;

    Delivery(Call call, Job job, Response response, Duration heartbeat) {
        this.call = call;
        this.job = job;
        this.response = response;
        this.heartbeat = heartbeat;
    }

    /**
     * Delivers everything.
     *
     * @return the answers
     * @throws ApiException if the job failed before anything was sent
     * @throws IOException  if the client is gone, or the job failed when it could no longer be told
     */
    List<Generation> run() throws IOException {
        return job.task().stream() ? stream() : whole();
    }

    private List<Generation> whole() throws IOException {
        var answers = answers(await(Call.JSON, SPACE));
        var content = Json.bytes(response.whole(answers));
        if (call.hasBegun()) {
            call.write(content, false);
            call.end();
        } else {
            call.answer(200, Call.JSON, content, Map.of());
        }
        return answers;
    }

    private List<Generation> stream() throws IOException {
        var event = await(EVENTS, COMMENT);
        if (!call.hasBegun() && !(event instanceof Job.Failed)) {
            call.begin(EVENTS);
        }
        send(event instanceof Job.Failed ? List.of() : response.opening());
        while (event instanceof Job.Piece piece) {
            send(List.of(response.piece(piece.index(), piece.text())));
            event = await(EVENTS, COMMENT);
        }
        if (event instanceof Job.Failed failed && call.hasBegun()) {
            send(List.of(failed.reason().json()));
        }
        var answers = answers(event);
        send(response.ending(answers));
        call.write(LAST, false);
        call.end();
        return answers;
    }

    /** The next event, with signs of life until it comes. */
    private Job.Event await(String type, byte[] sign) throws IOException {
        try {
            var event = job.next(heartbeat);
            while (event == null) {
                if (!call.hasBegun()) {
                    call.begin(type);
                }
                call.write(sign, true);
                event = job.next(heartbeat);
            }
            return event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the server is stopping");
        }
    }

    private static List<Generation> answers(Job.Event last) {
        if (last instanceof Job.Done done) {
            return done.answers();
        }
        throw ((Job.Failed) last).reason();
    }

    /** Sends events, in one packet with those to come if they are there already. */
    private void send(List<ObjectNode> events) throws IOException {
        var bytes = new ByteArrayOutputStream();
        for (var event : events) {
            bytes.writeBytes(DATA);
            bytes.writeBytes(Json.bytes(event));
            bytes.writeBytes(END_OF_EVENT);
        }
        if (bytes.size() > 0) {
            call.write(bytes.toByteArray(), !job.hasNext());
        }
    }
}
