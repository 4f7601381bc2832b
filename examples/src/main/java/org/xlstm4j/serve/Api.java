package org.xlstm4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the server answers at which path. */
final class Api implements HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Api.class);
    private static final String MODELS = "/v1/models";
    private static final String COMPLETIONS = "/v1/completions";
    private static final String CHAT = "/v1/chat/completions";
    private static final String HEALTH = "/health";
    private static final String METRICS = "/metrics";
    private static final Set<String> PATHS = Set.of(MODELS, COMPLETIONS, CHAT, HEALTH, METRICS);

    private final Engine engine;
    private final String model;
    private final Admission admission;
    private final Limits limits;
    private final Duration heartbeat;
    private final Requests requests;
    private final Workers workers;
    private final Deadlines deadlines;
    private final Metrics metrics = new Metrics();
    private final long started = Instant.now().getEpochSecond();

    Api(Engine engine, String model, ServerOptions options, Workers workers, Deadlines deadlines) {
        this.engine = engine;
        this.model = model;
        this.admission = new Admission(options);
        this.limits = options.limits();
        this.heartbeat = options.timeouts().heartbeat();
        this.requests = new Requests(engine, model, limits);
        this.workers = workers;
        this.deadlines = deadlines;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        var call = new Call(exchange, deadlines);
        try {
            answer(call);
        } finally {
            metrics.request(PATHS.contains(call.path()) ? call.path() : "other", call.status());
        }
    }

    private void answer(Call call) throws IOException {
        try {
            route(call);
        } catch (ApiException refusal) {
            refuse(call, refusal);
        } catch (RuntimeException | Error e) {
            LOG.error("A request failed", e);
            refuse(call, ApiException.failed());
        }
    }

    private static void refuse(Call call, ApiException refusal) throws IOException {
        if (call.hasBegun()) {
            throw new IOException("a response under way can only be cut off", refusal);
        }
        call.answer(refusal.status(), Call.JSON, Json.bytes(refusal.json()), refusal.headers());
    }

    private void route(Call call) throws IOException {
        var path = call.path();
        if (path.equals(HEALTH)) {
            require(call, "GET", "HEAD");
            health(call);
            return;
        }
        admission.require(call);
        if (path.equals(CHAT) || path.equals(COMPLETIONS)) {
            require(call, "POST");
            complete(call, path.equals(CHAT) ? requests::chat : requests::completion);
        } else if (path.equals(MODELS) || path.startsWith(MODELS + "/")) {
            require(call, "GET", "HEAD");
            call.answer(200, Call.JSON, Json.bytes(models(path.substring(MODELS.length()))), Map.of());
        } else if (path.equals(METRICS)) {
            require(call, "GET", "HEAD");
            call.answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics.text(workers).getBytes(UTF_8),
                    Map.of());
        } else {
            throw ApiException.unknownPath(path);
        }
    }

    private static void require(Call call, String... methods) {
        if (!Set.of(methods).contains(call.method())) {
            throw ApiException.wrongMethod(call.method(), String.join(", ", methods));
        }
    }

    private void health(Call call) throws IOException {
        boolean stopping = workers.isStopping();
        var json = JsonNodeFactory.instance.objectNode().put("status", stopping ? "stopping" : "ok");
        call.answer(stopping ? 503 : 200, Call.JSON, Json.bytes(json), Map.of());
    }

    /** The list of models, of which there is one, or that model. */
    private ObjectNode models(String rest) {
        var json = JsonNodeFactory.instance.objectNode().put("id", model).put("object", "model")
                .put("created", started).put("owned_by", "xlstm4j");
        if (rest.isEmpty()) {
            var list = JsonNodeFactory.instance.objectNode().put("object", "list");
            list.putArray("data").add(json);
            return list;
        }
        if (!rest.equals("/" + model)) {
            throw ApiException.unknownModel(rest.substring(1));
        }
        return json;
    }

    private void complete(Call call, Function<ObjectNode, Task> reader) throws IOException {
        requireJson(call);
        var body = call.body(limits.bodyBytes());
        workers.requireRoom();
        var task = reader.apply(Json.object(body));
        var job = new Job(engine, task);
        workers.submit(job);
        try {
            var answers = new Delivery(call, job, new Response(task, model), heartbeat).run();
            metrics.tokens(task.promptTokens(), answers.stream().mapToInt(answer -> answer.answerTokens()).sum());
        } finally {
            // If its client went away, or the server failed: of no effect on a job that is done.
            workers.cancel(job);
        }
    }

    private static void requireJson(Call call) {
        var type = call.header("Content-Type").orElse("none");
        if (!type.toLowerCase(Locale.ROOT).matches("application/json\\s*(;.*)?")) {
            throw ApiException.unsupportedMedia("Unsupported content type '" + type + "': send application/json");
        }
        var encoding = call.header("Content-Encoding").orElse("identity");
        if (!encoding.equalsIgnoreCase("identity")) {
            throw ApiException.unsupportedMedia("Unsupported content encoding '" + encoding + "': send it as it is");
        }
    }
}
