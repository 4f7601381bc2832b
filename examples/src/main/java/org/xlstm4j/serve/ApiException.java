package org.xlstm4j.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** A request that is refused or fails: an HTTP status and OpenAI's error object, with headers to send along. */
final class ApiException extends RuntimeException {
    private static final String INVALID = "invalid_request_error";
    private static final String SERVER = "server_error";

    private final int status;
    private final String type;
    private final String code;
    private final String parameter;
    private final transient Map<String, String> headers;

    private ApiException(int status, String type, String code, String parameter, String message,
                         Map<String, String> headers) {
        super(message, null, false, false);
        this.status = status;
        this.type = type;
        this.code = code;
        this.parameter = parameter;
        this.headers = headers;
    }

    /** 400: a field that cannot be used. */
    static ApiException badField(String parameter, String code, String message) {
        return new ApiException(400, INVALID, code, parameter, message, Map.of());
    }

    /** 400: a body that cannot be read at all. */
    static ApiException badBody(String message) {
        return badField(null, "invalid_body", message);
    }

    static ApiException unauthorized(String message) {
        return new ApiException(401, INVALID, "invalid_api_key", null, message, Map.of("WWW-Authenticate", "Bearer"));
    }

    static ApiException foreignHost(String host) {
        return new ApiException(403, INVALID, "host_not_allowed", null, "The host '" + host
                + "' is not this machine's loopback; a server without an API key answers to no other name", Map.of());
    }

    static ApiException unknownPath(String path) {
        return new ApiException(404, INVALID, "unknown_url", null, "Unknown request URL: " + path, Map.of());
    }

    static ApiException unknownModel(String model) {
        return new ApiException(404, INVALID, "model_not_found", "model", "The model '" + model
                + "' does not exist; /v1/models lists what is served", Map.of());
    }

    static ApiException wrongMethod(String method, String allowed) {
        return new ApiException(405, INVALID, "method_not_supported", null,
                "Not allowed to " + method + " here, only to " + allowed, Map.of("Allow", allowed));
    }

    static ApiException lengthRequired() {
        return new ApiException(411, INVALID, "length_required", null,
                "The request has no body: send one with Content-Length or in chunks", Map.of());
    }

    static ApiException tooLarge(int maxBytes) {
        return new ApiException(413, INVALID, "request_too_large", null,
                "The request's body is larger than " + maxBytes + " bytes", Map.of());
    }

    static ApiException unsupportedMedia(String what) {
        return new ApiException(415, INVALID, "unsupported_media_type", null, what, Map.of());
    }

    static ApiException busy(long retryAfterSeconds) {
        return new ApiException(429, "rate_limit_error", "rate_limit_exceeded", null,
                "The server is working on as many requests as it takes; try again later",
                Map.of("Retry-After", Long.toString(retryAfterSeconds)));
    }

    /** 500: what went wrong is in the log alone. */
    static ApiException failed() {
        return new ApiException(500, SERVER, null, null, "The server had an error while processing the request",
                Map.of());
    }

    static ApiException stopping() {
        return new ApiException(503, SERVER, "server_stopping", null, "The server is stopping", Map.of());
    }

    int status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }

    /** {@code {"error": {"message", "type", "param", "code"}}}. */
    ObjectNode json() {
        var json = JsonNodeFactory.instance.objectNode();
        json.putObject("error").put("message", getMessage()).put("type", type).put("param", parameter)
                .put("code", code);
        return json;
    }
}
