package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<Message> QUESTION = List.of(new Message("user", "Hi"));

    @TempDir
    private Path folder;

    private static JsonNode golden() throws IOException {
        try (var stream = ChatTemplateTest.class.getResourceAsStream("/chat/golden.json")) {
            return JSON.readTree(stream);
        }
    }

    private static Stream<Arguments> results() throws IOException {
        var golden = golden();
        return StreamSupport.stream(golden.get("results").spliterator(), false).map(result -> Arguments.of(
                result.get("template").textValue(), result.get("conversation").textValue(),
                result.get("variant").intValue(), golden, result));
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("results")
    void conversationIsRenderedAsTransformersRendersIt(String family, String conversation, int number,
                                                       JsonNode golden, JsonNode result) throws IOException {
        write("chat_template.jinja", source(family));
        write("tokenizer_config.json", "{\"bos_token\": \"<s>\", \"eos_token\": {\"content\": \"</s>\"}}");
        var variant = golden.get("variants").get(number);
        var opened = ChatTemplate.open(folder);
        var template = variant.has("date") ? opened.at(LocalDateTime.parse(variant.get("date").textValue())) : opened;
        var messages = StreamSupport.stream(golden.get("conversations").get(conversation).spliterator(), false)
                .map(ChatTemplateTest::message).toList();
        var prompt = variant.get("add_generation_prompt").booleanValue();
        var more = map(variant.get("more"));
        if (result.has("text")) {
            assertThat(template.render(messages, prompt, more)).isEqualTo(result.get("text").textValue());
        } else {
            assertThatThrownBy(() -> template.render(messages, prompt, more)).isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("chat_template.jinja, chat template, line ");
        }
    }

    @Test
    void refusalOfTheTemplateIsToldWithItsLine() throws IOException {
        write("chat_template.jinja", source("llama2"));
        write("tokenizer_config.json", "{\"bos_token\": \"<s>\"}");
        var answers = List.of(new Message("user", "a"), new Message("user", "b"));
        assertThatThrownBy(() -> ChatTemplate.open(folder).render(answers, true))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(folder.resolve("chat_template.jinja") + ", chat template, line 6: "
                        + "roles must alternate: user, assistant, user, assistant");
    }

    @Test
    void jinjaFileComesBeforeJsonFileBeforeTokenizerConfig() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": \"config {{ bos_token }}\", \"bos_token\": \"<b>\"}");
        assertThat(ChatTemplate.open(folder).render(QUESTION, true)).isEqualTo("config <b>");
        write("chat_template.json", "{\"chat_template\": \"json {{ messages[0].content }}\"}");
        assertThat(ChatTemplate.open(folder).render(QUESTION, true)).isEqualTo("json Hi");
        write("chat_template.jinja", "jinja {{ add_generation_prompt }}");
        assertThat(ChatTemplate.open(folder).render(QUESTION, false)).isEqualTo("jinja False");
    }

    @Test
    void ofSeveralTemplatesTheDefaultIsTakenAndToolUseWithTools() throws IOException {
        write("tokenizer_config.json", """
                {"chat_template": [{"name": "rag", "template": "{% nonsense %}"},
                  {"name": "tool_use", "template": "T{{ tools|length }}"}, {"name": "default", "template": "D"}]}""");
        var template = ChatTemplate.open(folder);
        assertThat(template.render(QUESTION, true)).isEqualTo("D");
        assertThat(template.render(QUESTION, true, Map.of("tools", List.of(1)))).isEqualTo("T1");
    }

    @Test
    void specialTokensComeFromEitherFileAndNullOnesAreUndefined() throws IOException {
        write("chat_template.jinja", "{{ bos_token }}|{{ eos_token }}|{{ pad_token }}|{{ unk_token is defined }}");
        write("tokenizer_config.json", "{\"eos_token\": \"<e>\", \"pad_token\": {\"content\": \"<p>\"}}");
        write("special_tokens_map.json", "{\"bos_token\": \"<b>\", \"eos_token\": \"<x>\", \"unk_token\": null}");
        assertThat(ChatTemplate.open(folder).render(QUESTION, true)).isEqualTo("<b>|<e>|<p>|False");
    }

    @Test
    void dateIsTheCallers() throws IOException {
        write("chat_template.jinja", "{{ strftime_now('%d %b %Y, %A %-d %B %y %m %H:%M:%S %I %p %j 100%%') }}");
        var template = ChatTemplate.open(folder);
        assertThat(template.at(LocalDateTime.of(2025, 3, 7, 14, 5, 9)).render(QUESTION, true))
                .isEqualTo("07 Mar 2025, Friday 7 March 25 03 14:05:09 02 PM 066 100%");
        assertThatThrownBy(() -> template.render(QUESTION, true)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("'strftime_now' is undefined");
        write("chat_template.jinja", "{{ strftime_now('%Q') }}");
        assertThatThrownBy(() -> ChatTemplate.open(folder).at(LocalDateTime.MIN).render(QUESTION, true))
                .isInstanceOf(CheckpointException.class).hasMessageContaining("%Q");
    }

    @Test
    void missingTemplateSaysWhereItWasSought() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": null}");
        assertThatThrownBy(() -> ChatTemplate.open(folder)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("has no chat template").hasMessageContaining("chat_template.jinja");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"chat_template\": 3}", "{\"chat_template\": []}", "{\"chat_template\": [3]}", "{",
        "{\"chat_template\": [{\"name\": \"a\", \"template\": \"b\"}]}", "{\"chat_template\": \"{% if %}\"}",
        "{\"chat_template\": \"a\", \"bos_token\": 3}", "{\"chat_template\": \"a\", \"bos_token\": {}}"})
    void brokenConfigurationIsNamed(String content) throws IOException {
        write("tokenizer_config.json", content);
        assertThatThrownBy(() -> ChatTemplate.open(folder)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tokenizer_config.json").hasMessageNotContaining("\n");
    }

    @Test
    void brokenTemplateNamesFileLineAndConstruct() throws IOException {
        write("chat_template.jinja", "a\n{% include 'b' %}");
        assertThatThrownBy(() -> ChatTemplate.open(folder)).isInstanceOf(CheckpointException.class)
                .hasMessage(folder.resolve("chat_template.jinja")
                        + ", chat template, line 2: the statement 'include' is not supported");
    }

    @Test
    void pointersLinksOutAndHugeFilesAreNotTemplates(@TempDir Path elsewhere) throws IOException {
        var file = folder.resolve("chat_template.jinja");
        write("chat_template.jinja", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n");
        assertThatThrownBy(() -> ChatTemplate.open(folder)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("git lfs pull");
        write("chat_template.jinja", "a".repeat(4_000_001));
        assertThatThrownBy(() -> ChatTemplate.open(folder)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("4000001 bytes");
        Files.delete(file);
        Files.createSymbolicLink(file, Files.writeString(elsewhere.resolve("secret"), "secret"));
        assertThatThrownBy(() -> ChatTemplate.open(folder)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("link out of the checkpoint");
    }

    @Test
    void renderedTextIsEncodedWithItsSpecialTokensAndNoneAdded(@TempDir Path copies) throws IOException {
        var copy = Fixtures.copy(Fixtures.TEACHER, copies);
        Files.writeString(copy.resolve("chat_template.jinja"),
                "{{ bos_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}");
        var checkpoint = Checkpoint.open(copy);
        try (var tokenizer = checkpoint.tokenizer()) {
            var ids = tokenizer.encode(checkpoint.chatTemplate().render(QUESTION, true));
            assertThat(ids).startsWith(1).endsWith(2);
            assertThat(ids).containsOnlyOnce(1).containsOnlyOnce(2);
            assertThat(tokenizer.decode(ids)).isEqualTo("Hi");
        }
    }

    private static Message message(JsonNode json) {
        var more = map(json);
        var role = (String) more.remove("role");
        return new Message(role, (String) more.remove("content"), more);
    }

    private static Map<String, Object> map(JsonNode json) {
        var values = new LinkedHashMap<String, Object>();
        json.properties().forEach(field ->
                values.put(field.getKey(), JSON.convertValue(field.getValue(), Object.class)));
        return values;
    }

    private static String source(String family) throws IOException {
        try (var stream = ChatTemplateTest.class.getResourceAsStream("/chat/" + family + ".jinja")) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(folder.resolve(name), content);
    }
}
