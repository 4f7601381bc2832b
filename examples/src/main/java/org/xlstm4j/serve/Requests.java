package org.xlstm4j.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleFunction;
import org.xlstm4j.checkpoint.CheckpointException;
import org.xlstm4j.generate.GenerationOptions;
import org.xlstm4j.generate.Prompt;
import org.xlstm4j.jinja.TemplateException;

/** Requests in OpenAI's format to tasks; what cannot be done is refused by the name of its field. */
final class Requests {
    /** OpenAI's, where a request for completions does not say. */
    private static final int COMPLETION_TOKENS = 16;
    private static final int STOP_STRINGS = 16;

    private final Engine engine;
    private final String model;
    private final Limits limits;

    Requests(Engine engine, String model, Limits limits) {
        this.engine = engine;
        this.model = model;
        this.limits = limits;
    }

    /** A request to {@code /v1/chat/completions}. */
    Task chat(ObjectNode body) {
        var fields = Fields.of(body);
        requireModel(fields);
        var prompt = prompt("messages", Messages.read(fields));
        var most = fields.integer("max_completion_tokens", 1, limits.newTokens());
        var older = fields.integer("max_tokens", 1, limits.newTokens());
        int newTokens = most.orElse(older.orElse(spare(prompt)));
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
        var prompts = prompts(fields.path("prompt"), fields.required("prompt"));
        int newTokens = fields.integer("max_tokens", 1, limits.newTokens())
                .orElse(Math.min(COMPLETION_TOKENS, limits.newTokens()));
        fields.unsupported("logprobs", value -> false);
        fields.unsupported("echo", value -> value.isBoolean() && !value.booleanValue());
        fields.unsupported("suffix", value -> isOneOf(value, ""));
        fields.unsupported("best_of", value -> value.isInt() && value.intValue() == 1);
        return task(Format.TEXT, prompts, newTokens, fields);
    }

    private void requireModel(Fields fields) {
        fields.text("model").filter(name -> !name.equals(model)).ifPresent(name -> {
            throw ApiException.unknownModel(name);
        });
    }

    private Task task(Format format, List<Prompt.Tokens> prompts, int newTokens, Fields fields) {
        int samples = fields.integer("n", 1, limits.choices()).orElse(1);
        if (prompts.size() * samples > limits.choices()) {
            throw fields.invalid("n", prompts.size() + " prompts with " + samples + " answers each exceed the "
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
        prompts.forEach(prompt -> requireFits(prompt, newTokens));
        requireStops(fields, prompts.get(0), options);
        return new Task(format, prompts, samples, options, stream, usage);
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

    /** A string, several, the tokens of one prompt, or those of several. */
    private List<Prompt.Tokens> prompts(String path, JsonNode value) {
        if (value.isTextual()) {
            return List.of(text(path, value));
        }
        var list = Fields.list(path, value);
        requireSome(path, list.isEmpty());
        if (list.get(0).isNumber()) {
            return List.of(tokens(path, list));
        }
        if (list.size() > limits.choices()) {
            throw ApiException.badField(path, "invalid_value", "Invalid '" + path + "': " + list.size()
                    + " prompts exceed the " + limits.choices() + " answers of a request");
        }
        var prompts = new ArrayList<Prompt.Tokens>();
        for (int i = 0; i < list.size(); i++) {
            var element = path + "[" + i + "]";
            prompts.add(list.get(i).isArray() ? tokens(element, list.get(i)) : text(element, list.get(i)));
        }
        return prompts;
    }

    private Prompt.Tokens text(String path, JsonNode value) {
        var text = Fields.text(path, value);
        requireSome(path, text.isEmpty());
        return prompt(path, Prompt.text(text));
    }

    private static void requireSome(String path, boolean empty) {
        if (empty) {
            throw ApiException.badField(path, "invalid_value", "Invalid '" + path + "': it is empty");
        }
    }

    private Prompt.Tokens tokens(String path, JsonNode list) {
        requireSome(path, list.isEmpty());
        var ids = new int[list.size()];
        for (int i = 0; i < ids.length; i++) {
            var id = list.get(i);
            if (!id.isIntegralNumber()) {
                throw Fields.wrongType(path + "[" + i + "]", "an integer", id);
            }
            if (!id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= engine.vocabSize()) {
                throw ApiException.badField(path + "[" + i + "]", "invalid_value", "Invalid '" + path + "[" + i
                        + "]': " + id + " is no token id; there are " + engine.vocabSize());
            }
            ids[i] = id.intValue();
        }
        return prompt(path, Prompt.tokens(ids));
    }

    /** The prompt in tokens, not too many. */
    private Prompt.Tokens prompt(String path, Prompt prompt) {
        int[] ids;
        try {
            ids = engine.tokens(prompt);
        } catch (IllegalArgumentException e) {
            throw ApiException.badField(path, "invalid_value", "Invalid '" + path + "': " + problem(e));
        }
        if (ids.length > limits.promptTokens()) {
            throw tooLong("a prompt of " + ids.length + " tokens exceeds the server's limit of "
                    + limits.promptTokens());
        }
        return new Prompt.Tokens(ids);
    }

    /** What is wrong with a prompt, without the path of the checkpoint, which is none of the client's business. */
    private static String problem(IllegalArgumentException refusal) {
        for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
            if (cause instanceof TemplateException) {
                return "the chat template refuses it: " + cause.getMessage();
            }
        }
        return refusal.getCause() instanceof CheckpointException
                ? "the model has no chat template that can be used; ask /v1/completions instead"
                : refusal.getMessage();
    }

    private int spare(Prompt.Tokens prompt) {
        int left = engine.positions().orElse(Integer.MAX_VALUE) - prompt.ids().length;
        return Math.max(1, Math.min(limits.newTokens(), left));
    }

    private void requireFits(Prompt.Tokens prompt, int newTokens) {
        int length = prompt.ids().length;
        engine.positions().ifPresent(most -> {
            if (length + newTokens > most) {
                throw tooLong("a prompt of " + length + " tokens and " + newTokens + " new ones exceed the model's "
                        + most + " positions");
            }
        });
    }

    private static ApiException tooLong(String problem) {
        return ApiException.badField(null, "context_length_exceeded", "Too long: " + problem);
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
