package org.xlstm4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.xlstm4j.jinja.Template;
import org.xlstm4j.jinja.TemplateException;

/**
 * A checkpoint's chat template: a conversation to the text that its model was trained on, as transformers'
 * {@code apply_chat_template} writes it. The text has its special tokens spelt out; {@link Tokenizer#encode(String)}
 * recognises them and adds none.
 *
 * <p>Templates never see the clock: those that ask for the date are given that of {@link #at}, or know none.
 */
public final class ChatTemplate {
    private static final String TEMPLATE = "chat_template";
    private static final String JINJA_FILE = "chat_template.jinja";
    private static final String JSON_FILE = "chat_template.json";
    private static final String CONFIG = "tokenizer_config.json";
    private static final String DEFAULT = "default";
    private static final String WITH_TOOLS = "tool_use";
    private static final int MAX_BYTES = 4_000_000;

    private final Path file;
    private final Map<String, Template> templates;
    private final Map<String, Object> specialTokens;
    private final Optional<LocalDateTime> date;

    private ChatTemplate(Path file, Map<String, Template> templates, Map<String, Object> specialTokens,
                         Optional<LocalDateTime> date) {
        this.file = file;
        this.templates = templates;
        this.specialTokens = specialTokens;
        this.date = date;
    }

    /**
     * Opens the template in {@code folder}: chat_template.jinja, else that of chat_template.json, else that of
     * tokenizer_config.json.
     *
     * @throws CheckpointException if there is none, or it is broken or has a statement that is not supported
     */
    public static ChatTemplate open(Path folder) throws IOException {
        var specialTokens = SpecialTokenTexts.read(folder);
        var jinja = folder.resolve(JINJA_FILE);
        if (Files.isRegularFile(jinja)) {
            var template = parse(jinja, text(folder, jinja));
            return new ChatTemplate(jinja, Map.of(DEFAULT, template), specialTokens, Optional.empty());
        }
        for (var name : List.of(JSON_FILE, CONFIG)) {
            var file = folder.resolve(name);
            var json = Files.isRegularFile(file) ? Json.readObject(file).path(TEMPLATE) : null;
            if (json != null && !json.isMissingNode() && !json.isNull()) {
                return new ChatTemplate(file, parseAll(file, json), specialTokens, Optional.empty());
            }
        }
        throw new CheckpointException(folder + " has no chat template, neither in " + JINJA_FILE + " nor as '"
                + TEMPLATE + "' in " + JSON_FILE + " or " + CONFIG + "; its model may not have been trained to chat");
    }

    private static String text(Path folder, Path file) throws IOException {
        Links.requireInside(folder, file);
        if (Files.size(file) > MAX_BYTES) {
            throw new CheckpointException(
                    file + " takes " + Files.size(file) + " bytes; chat templates take at most " + MAX_BYTES);
        }
        var content = Files.readAllBytes(file);
        LfsPointer.refuse(file, content);
        return new String(content, StandardCharsets.UTF_8);
    }

    private static Map<String, Template> parseAll(Path file, JsonNode json) throws CheckpointException {
        var templates = new HashMap<String, Template>();
        if (json.isTextual()) {
            templates.put(DEFAULT, parse(file, json.textValue()));
        }
        for (var named : json.isArray() ? json : List.<JsonNode>of()) {
            var settings = new Settings(named, file);
            var name = settings.text("name");
            if (name.equals(DEFAULT) || name.equals(WITH_TOOLS)) {
                templates.put(name, parse(file, settings.text("template")));
            }
        }
        if (!templates.containsKey(DEFAULT)) {
            throw new CheckpointException(file + ": '" + TEMPLATE
                    + "' must be a string, or a list of {name, template} with one named '" + DEFAULT + "'");
        }
        return templates;
    }

    private static Template parse(Path file, String text) throws CheckpointException {
        try {
            return Template.parse(text);
        } catch (TemplateException e) {
            throw new CheckpointException(file + ", chat template, " + e.getMessage(), e);
        }
    }

    /** This template, with {@code date} for today: what {@code strftime_now} in it tells. */
    public ChatTemplate at(LocalDateTime date) {
        return new ChatTemplate(file, templates, specialTokens, Optional.of(date));
    }

    /**
     * The text of a conversation.
     *
     * @param addGenerationPrompt whether to end with the beginning of the assistant's answer
     * @throws CheckpointException if the template refuses the messages or does something that is not supported
     */
    public String render(List<Message> messages, boolean addGenerationPrompt) throws CheckpointException {
        return render(messages, addGenerationPrompt, Map.of());
    }

    /**
     * As {@link #render(List, boolean)}, with more of what the template may ask for.
     *
     * @param more such as {@code tools}, {@code documents} or {@code enable_thinking}: values, lists and maps as in
     *             JSON
     * @throws CheckpointException if the template refuses the messages or does something that is not supported
     */
    public String render(List<Message> messages, boolean addGenerationPrompt, Map<String, ?> more)
            throws CheckpointException {
        var variables = new LinkedHashMap<String, Object>(specialTokens);
        variables.put("tools", null);
        variables.put("documents", null);
        variables.putAll(more);
        variables.put("messages", messages.stream().map(Message::fields).toList());
        variables.put("add_generation_prompt", addGenerationPrompt);
        var template = variables.get("tools") == null ? templates.get(DEFAULT)
                : templates.getOrDefault(WITH_TOOLS, templates.get(DEFAULT));
        try {
            return template.render(variables, date.map(ChatTemplate::clock).orElse(Map.of()));
        } catch (TemplateException e) {
            throw new CheckpointException(file + ", chat template, " + e.getMessage(), e);
        }
    }

    private static Map<String, Function<String, String>> clock(LocalDateTime date) {
        return Map.of("strftime_now", format -> DateText.of(date, format));
    }
}
