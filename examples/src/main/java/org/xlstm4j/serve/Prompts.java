package org.xlstm4j.serve;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.xlstm4j.checkpoint.CheckpointException;
import org.xlstm4j.generate.Prompt;
import org.xlstm4j.jinja.TemplateException;

/** Prompts to tokens, within the limits of server and model. */
final class Prompts {
    private final Engine engine;
    private final Limits limits;

    Prompts(Engine engine, Limits limits) {
        this.engine = engine;
        this.limits = limits;
    }

    /** A string, several, the tokens of one prompt, or those of several. */
    List<Prompt.Tokens> several(String path, JsonNode value) {
        if (value.isTextual()) {
            return List.of(text(path, value));
        }
        var list = Fields.list(path, value);
        requireSome(path, list.isEmpty());
        if (list.get(0).isNumber()) {
            return List.of(tokens(path, list));
        }
        if (list.size() > limits.choices()) {
            throw invalid(path, list.size() + " prompts exceed the " + limits.choices() + " answers of a request");
        }
        var several = new ArrayList<Prompt.Tokens>();
        for (int i = 0; i < list.size(); i++) {
            var element = path + "[" + i + "]";
            several.add(list.get(i).isArray() ? tokens(element, list.get(i)) : text(element, list.get(i)));
        }
        return several;
    }

    private Prompt.Tokens text(String path, JsonNode value) {
        var text = Fields.text(path, value);
        requireSome(path, text.isEmpty());
        return one(path, Prompt.text(text));
    }

    private static void requireSome(String path, boolean empty) {
        if (empty) {
            throw invalid(path, "it is empty");
        }
    }

    private Prompt.Tokens tokens(String path, JsonNode list) {
        requireSome(path, list.isEmpty());
        var ids = new int[list.size()];
        for (int i = 0; i < ids.length; i++) {
            var id = list.get(i);
            var element = path + "[" + i + "]";
            if (!id.isIntegralNumber()) {
                throw Fields.wrongType(element, "an integer", id);
            }
            if (!id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= engine.vocabSize()) {
                throw invalid(element, id + " is no token id; there are " + engine.vocabSize());
            }
            ids[i] = id.intValue();
        }
        return one(path, Prompt.tokens(ids));
    }

    /** The prompt in tokens, not too many. */
    Prompt.Tokens one(String path, Prompt prompt) {
        int[] ids;
        try {
            ids = engine.tokens(prompt);
        } catch (IllegalArgumentException e) {
            throw invalid(path, problem(e));
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

    /** Most tokens of an answer to a prompt; at least 1, which may not fit. */
    int spare(Prompt.Tokens prompt) {
        int left = engine.positions().orElse(Integer.MAX_VALUE) - prompt.ids().length;
        return Math.max(1, Math.min(limits.newTokens(), left));
    }

    /** @throws ApiException if prompt and answer together are too long for the model */
    void requireFits(Prompt.Tokens prompt, int newTokens) {
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

    private static ApiException invalid(String path, String problem) {
        return ApiException.badField(path, "invalid_value", "Invalid '" + path + "': " + problem);
    }
}
