package org.xlstm4j.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleFunction;
import org.xlstm4j.generate.GenerationOptions;
import org.xlstm4j.generate.Prompt;

/** Requests in OpenAI's format to tasks; what cannot be done is refused by the name of its field. */
final class Requests {
    /** OpenAI's, where a request for completions does not say. */
    private static final int COMPLETION_TOKENS = 16;
    private static final int STOP_STRINGS = 16;

    private final Engine engine;
    private final String model;
    private final Limits limits;
    private final Prompts prompts;

    Requests(Engine engine, String model, Limits limits) {
        this.engine = engine;
        this.model = model;
        this.limits = limits;
        this.prompts = new Prompts(engine, limits);
    }

    /** A request to {@code /v1/chat/completions}. */
    Task chat(ObjectNode body) {
        var fields = Fields.of(body);
        requireModel(fields);
        var prompt = prompts.one("messages", Messages.read(fields));
        var most = fields.integer("max_completion_tokens", 1, limits.newTokens());
        var older = fields.integer("max_tokens", 1, limits.newTokens());
        int newTokens = most.orElse(older.orElse(prompts.spare(prompt)));
        fields.unsupported("logprobs", value -> value.isBoolean() && !value.booleanValue());
        fields.unsupported("top_logprobs", Requests::isZero);
        fields.unsupported("tools", Requests::isEmpty);
        fields.unsupported("functions", Requests::isEmpty);
        fields.unsupported("tool_choice", value -> isOneOf(value, "none", "auto"));
        fields.unsupported("function_call", value -> isOneOf(value, "none", "auto"));
        fields.unsupported("response_format", value -> isOneOf(value.path("type"), "text"));
        fields.unsupported("modalities", value -> value.size() == 1 && isOneOf(value.path(0), "text"));
        for (var name : List.of("audio", "prediction", "reasoning_effort", "verbosity", "web_search_options")) {
            fields.unsupported(name, value -> false);
        }
        fields.pass("parallel_tool_calls");
        return task(Format.CHAT, List.of(prompt), newTokens, fields);
    }

    /** A request to {@code /v1/completions}. */
    Task completion(ObjectNode body) {
        var fields = Fields.of(body);
        requireModel(fields);
        var several = prompts.several("prompt", fields.required("prompt"));
        int newTokens = fields.integer("max_tokens", 1, limits.newTokens())
                .orElse(Math.min(COMPLETION_TOKENS, limits.newTokens()));
        fields.unsupported("logprobs", value -> false);
        fields.unsupported("echo", value -> value.isBoolean() && !value.booleanValue());
        fields.unsupported("suffix", value -> isOneOf(value, ""));
        fields.unsupported("best_of", value -> value.isInt() && value.intValue() == 1);
        return task(Format.TEXT, several, newTokens, fields);
    }

    private void requireModel(Fields fields) {
        fields.text("model").filter(name -> !name.equals(model)).ifPresent(name -> {
            throw ApiException.unknownModel(name);
        });
    }

    private Task task(Format format, List<Prompt.Tokens> several, int newTokens, Fields fields) {
        int samples = fields.integer("n", 1, limits.choices()).orElse(1);
        if (several.size() * samples > limits.choices()) {
            throw fields.invalid("n", several.size() + " prompts with " + samples + " answers each exceed the "
                    + limits.choices() + " answers of a request");
        }
        var options = options(fields, newTokens);
        boolean stream = fields.flag("stream");
        boolean usage = includesUsage(fields, stream);
        fields.unsupported("frequency_penalty", Requests::isZero);
        fields.unsupported("presence_penalty", Requests::isZero);
        fields.unsupported("logit_bias", Requests::isEmpty);
        fields.pass("user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key",
                "prompt_cache_retention");
        fields.refuseOthers();
        several.forEach(prompt -> prompts.requireFits(prompt, newTokens));
        requireStops(fields, several.get(0), options);
        return new Task(format, several, samples, options, stream, usage);
    }

    private static boolean includesUsage(Fields fields, boolean stream) {
        var streaming = fields.fields("stream_options");
        if (streaming.isEmpty()) {
            return false;
        }
        if (!stream) {
            throw fields.invalid("stream_options", "it is only for requests that set 'stream'");
        }
        boolean usage = streaming.get().flag("include_usage");
        streaming.get().pass("include_obfuscation");
        streaming.get().refuseOthers();
        return usage;
    }

    /** As OpenAI's: temperature 1 where the request does not say, and another seed each time. */
    private static GenerationOptions options(Fields fields, int newTokens) {
        var options = GenerationOptions.defaults().withMaxNewTokens(newTokens)
                .withSeed(fields.whole("seed").orElseGet(() -> ThreadLocalRandom.current().nextLong()))
                .withStopStrings(stopStrings(fields))
                .withTopK(fields.integer("top_k", 0, Integer.MAX_VALUE).orElse(0));
        options = with(fields, "temperature", 1, options::withTemperature);
        options = with(fields, "top_p", 1, options::withTopP);
        options = with(fields, "min_p", 0, options::withMinP);
        return with(fields, "repetition_penalty", 1, options::withRepetitionPenalty);
    }

    private static GenerationOptions with(Fields fields, String name, double otherwise,
                                          DoubleFunction<GenerationOptions> setting) {
        try {
            return setting.apply(fields.decimal(name).orElse(otherwise));
        } catch (IllegalArgumentException e) {
            throw fields.invalid(name, e.getMessage());
        }
    }

    /** Only the generator knows which stop strings can come up. */
    private void requireStops(Fields fields, Prompt prompt, GenerationOptions options) {
        if (options.stopStrings().isEmpty()) {
            return;
        }
        try {
            engine.check(prompt, options);
        } catch (IllegalArgumentException e) {
            throw fields.invalid("stop", e.getMessage());
        }
    }

    private static List<String> stopStrings(Fields fields) {
        var value = fields.value("stop");
        if (value.isEmpty()) {
            return List.of();
        }
        var path = fields.path("stop");
        var texts = new ArrayList<String>();
        if (value.get().isTextual()) {
            texts.add(Fields.text(path, value.get()));
        } else {
            var list = Fields.list(path, value.get());
            for (int i = 0; i < list.size(); i++) {
                texts.add(Fields.text(path + "[" + i + "]", list.get(i)));
            }
        }
        if (texts.size() > STOP_STRINGS || texts.contains("")) {
            throw fields.invalid("stop", "expected at most " + STOP_STRINGS + " strings, none of them empty");
        }
        return texts;
    }

    private static boolean isZero(JsonNode value) {
        return value.isNumber() && value.doubleValue() == 0;
    }

    private static boolean isEmpty(JsonNode value) {
        return value.isContainerNode() && value.isEmpty();
    }

    private static boolean isOneOf(JsonNode value, String... texts) {
        return value.isTextual() && List.of(texts).contains(value.textValue());
    }
}
