package org.xlstm4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.generate.GenerationOptions;
import org.xlstm4j.generate.Prompt;

class RequestsTest {
    private static final Limits LIMITS = new Limits(1000, 300, 50, 4, 1, 0);
    private static final String CHAT = "'messages': [{'role': 'user', 'content': 'a'}]";

    private static final Pattern VALUE = Pattern.compile("'[a-z]*'(?!:)|[0-9.]+");
    private static final List<String> OTHERS =
            List.of("null", "-1", "1", "0.5", "1e999", "{}", "[]", "''", "true", "'c'", "[[3]]", "{'type': 'text'}");

    private final Requests requests = new Requests(new SteppedEngine(""), "m", LIMITS);

    @Test
    void everySettingReachesTheGenerator() {
        var task = text("{'prompt': 'ab', 'max_tokens': 7, 'temperature': 0.5, 'top_k': 3, 'top_p': 0.9, 'min_p': 0.1,"
                + " 'repetition_penalty': 1.2, 'seed': -9223372036854775808, 'stop': ['x', 'y'], 'n': 3,"
                + " 'stream': true, 'stream_options': {'include_usage': true}}");
        assertThat(task.options()).isEqualTo(new GenerationOptions(7, 0.5, 3, 0.9, 0.1, 1.2, Long.MIN_VALUE,
                List.of("x", "y")));
        assertThat(task.prompts()).containsExactly(new Prompt.Tokens(new int[] {'a', 'b'}));
        assertThat(task.samples()).isEqualTo(3);
        assertThat(task.stream()).isTrue();
        assertThat(task.usage()).isTrue();
    }

    @Test
    void whatIsNotSaidIsAsAtOpenAi() {
        var text = text("{'prompt': 'a', 'temperature': null, 'stop': null, 'stream_options': null}");
        assertThat(text.options()).isEqualTo(new GenerationOptions(16, 1, 0, 1, 0, 1, text.options().seed(),
                List.of()));
        assertThat(text.samples()).isEqualTo(1);
        assertThat(text.stream()).isFalse();
        assertThat(chat("{" + CHAT + "}").options().maxNewTokens()).isEqualTo(LIMITS.newTokens());
        assertThat(chat("{" + CHAT + ", 'max_tokens': 3}").options().maxNewTokens()).isEqualTo(3);
        assertThat(chat("{" + CHAT + ", 'max_tokens': 3, 'max_completion_tokens': 4}").options().maxNewTokens())
                .isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{'prompt': [1, 2]}                 | 1 2",
        "{'prompt': [[1, 2], [3]]}          | 1 2, 3",
        "{'prompt': ['a', [98, 99], 'd']}   | 97, 98 99, 100",
        "{'prompt': 'a'}                    | 97"})
    void promptsComeAsTextsOrTokens(String body, String expected) {
        var prompts = text(body).prompts().stream().map(prompt -> Arrays.stream(prompt.ids())
                .mapToObj(Integer::toString).reduce((a, b) -> a + " " + b).orElseThrow()).toList();
        assertThat(String.join(", ", prompts)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{}                                              | prompt                 | missing_required_parameter",
        "{'prompt': null}                                | prompt                 | missing_required_parameter",
        "{'prompt': 5}                                   | prompt                 | invalid_type",
        "{'prompt': ''}                                  | prompt                 | invalid_value",
        "{'prompt': []}                                  | prompt                 | invalid_value",
        "{'prompt': [[]]}                                | prompt[0]              | invalid_value",
        "{'prompt': ['a', 5]}                            | prompt[1]              | invalid_type",
        "{'prompt': [1, 'a']}                            | prompt[1]              | invalid_type",
        "{'prompt': [1, 2.5]}                            | prompt[1]              | invalid_type",
        "{'prompt': [['a']]}                             | prompt[0][0]           | invalid_type",
        "{'prompt': [1, 65536]}                          | prompt[1]              | invalid_value",
        "{'prompt': [1, -1]}                             | prompt[1]              | invalid_value",
        "{'prompt': [1, 4294967297]}                     | prompt[1]              | invalid_value",
        "{'prompt': ['a','a','a','a','a']}               | prompt                 | invalid_value",
        "{'prompt': '\\ud800'}                           | prompt                 | invalid_value",
        "{'prompt': ['a','b','c'], 'n': 2}               | n                      | invalid_value",
        "{'prompt': 'a', 'n': 0}                         | n                      | invalid_value",
        "{'prompt': 'a', 'n': 1.0}                       | n                      | invalid_type",
        "{'prompt': 'a', 'model': 5}                     | model                  | invalid_type",
        "{'prompt': 'a', 'max_tokens': 0}                | max_tokens             | invalid_value",
        "{'prompt': 'a', 'max_tokens': 51}               | max_tokens             | invalid_value",
        "{'prompt': 'a', 'max_tokens': 99999999999}      | max_tokens             | invalid_value",
        "{'prompt': 'a', 'max_tokens': '5'}              | max_tokens             | invalid_type",
        "{'prompt': 'a', 'max_tokens': true}             | max_tokens             | invalid_type",
        "{'prompt': 'a', 'temperature': -0.1}            | temperature            | invalid_value",
        "{'prompt': 'a', 'temperature': 1e999}           | temperature            | invalid_value",
        "{'prompt': 'a', 'temperature': 'hot'}           | temperature            | invalid_type",
        "{'prompt': 'a', 'top_p': 0}                     | top_p                  | invalid_value",
        "{'prompt': 'a', 'top_p': 1.1}                   | top_p                  | invalid_value",
        "{'prompt': 'a', 'top_k': -1}                    | top_k                  | invalid_value",
        "{'prompt': 'a', 'min_p': 2}                     | min_p                  | invalid_value",
        "{'prompt': 'a', 'repetition_penalty': 0}        | repetition_penalty     | invalid_value",
        "{'prompt': 'a', 'seed': 1.5}                    | seed                   | invalid_type",
        "{'prompt': 'a', 'seed': 9223372036854775808}    | seed                   | invalid_value",
        "{'prompt': 'a', 'stop': 5}                      | stop                   | invalid_type",
        "{'prompt': 'a', 'stop': ['x', {}]}              | stop[1]                | invalid_type",
        "{'prompt': 'a', 'stop': ''}                     | stop                   | invalid_value",
        "{'prompt': 'a', 'stop': 'never'}                | stop                   | invalid_value",
        "{'prompt': 'a', 'stream': 'yes'}                | stream                 | invalid_type",
        "{'prompt': 'a', 'stream_options': {}}           | stream_options         | invalid_value",
        "{'prompt': 'a', 'stream': true, 'stream_options': 5} | stream_options    | invalid_type",
        "{'prompt': 'a', 'stream': true, 'stream_options': {'include_usage': 1}} | stream_options.include_usage"
            + " | invalid_type",
        "{'prompt': 'a', 'max_token': 5}                 | max_token              | unknown_parameter",
        "{'prompt': 'a', 'messages': []}                 | messages               | unknown_parameter",
        "{'prompt': 'a', 'logprobs': 1}                  | logprobs               | unsupported_parameter",
        "{'prompt': 'a', 'echo': true}                   | echo                   | unsupported_parameter",
        "{'prompt': 'a', 'suffix': 'b'}                  | suffix                 | unsupported_parameter",
        "{'prompt': 'a', 'best_of': 2}                   | best_of                | unsupported_parameter",
        "{'prompt': 'a', 'presence_penalty': 0.5}        | presence_penalty       | unsupported_parameter",
        "{'prompt': 'a', 'logit_bias': {'5': 1}}         | logit_bias             | unsupported_parameter"})
    void whatCannotBeUsedInCompletionsIsNamed(String body, String parameter, String code) {
        assertRefused(catchThrowableOfType(ApiException.class, () -> text(body)), parameter, code);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{}                                                 | messages                 | missing_required_parameter",
        "{'messages': {}}                                   | messages                 | invalid_type",
        "{'messages': []}                                   | messages                 | invalid_value",
        "{'messages': ['a']}                                | messages[0]              | invalid_type",
        "{'messages': [{'content': 'a'}]}                   | messages[0].role         | missing_required_parameter",
        "{'messages': [{'role': 'king', 'content': 'a'}]}   | messages[0].role         | invalid_value",
        "{'messages': [{'role': 'user'}]}                   | messages[0].content      | missing_required_parameter",
        "{'messages': [{'role': 'assistant'}]}              | messages[0].content      | missing_required_parameter",
        "{'messages': [{'role': 'user', 'content': 5}]}     | messages[0].content      | invalid_type",
        "{'messages': [{'role': 'user', 'content': ['a']}]} | messages[0].content[0]   | invalid_type",
        "{'messages': [{'role': 'user', 'content': 'a'}, {'role': 'user', 'content': [{'type': 'image_url'}]}]}"
            + " | messages[1].content[0].type | invalid_value",
        "{'messages': [{'role': 'user', 'content': [{'type': 'text'}]}]}"
            + " | messages[0].content[0].text | missing_required_parameter",
        "{'messages': [{'role': 'user', 'content': 'a', 'kind': 1}]} | messages[0].kind | unknown_parameter",
        "{'messages': [{'role': 'assistant', 'tool_calls': [5]}]} | messages[0].tool_calls[0] | invalid_type"})
    void whatCannotBeUsedInMessagesIsNamed(String body, String parameter, String code) {
        assertRefused(catchThrowableOfType(ApiException.class, () -> chat(body)), parameter, code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"'logprobs': true", "'top_logprobs': 2", "'tools': [{}]", "'functions': [{}]",
        "'tool_choice': 'required'", "'response_format': {'type': 'json_object'}", "'modalities': ['audio']",
        "'audio': {}", "'prediction': {}", "'reasoning_effort': 'low'", "'frequency_penalty': 1"})
    void whatChatCannotDoIsRefused(String field) {
        assertRefused(catchThrowableOfType(ApiException.class, () -> chat("{" + CHAT + ", " + field + "}")),
                field.substring(1, field.indexOf('\'', 1)), "unsupported_parameter");
    }

    @Test
    void fieldsThatSayWhatHoldsAnywayArePassedOver() {
        assertThat(chat("{" + CHAT + ", 'logprobs': false, 'tools': [], 'tool_choice': 'auto', 'frequency_penalty': 0,"
                + " 'response_format': {'type': 'text'}, 'modalities': ['text'], 'user': 'u', 'metadata': {'a': 'b'},"
                + " 'store': false, 'service_tier': 'auto', 'parallel_tool_calls': true, 'logit_bias': {}}"))
                .isNotNull();
        assertThat(text("{'prompt': 'a', 'echo': false, 'best_of': 1, 'suffix': '', 'logprobs': null}")).isNotNull();
    }

    @Test
    void messagesReachTheTemplateAsItKnowsThem() {
        var seen = seen("{'messages': [{'role': 'developer', 'content': [{'type': 'text', 'text': 'b'},"
                + " {'type': 'text', 'text': 'c'}]}, {'role': 'assistant', 'content': null, 'tool_calls': [{'id': 'x',"
                + " 'function': {'name': 'f', 'arguments': '{}'}}]},"
                + " {'role': 'tool', 'content': '5', 'tool_call_id': 'x'}]}");
        assertThat(seen).contains("role=system, content=bc")
                .contains("role=assistant, content=null, more={tool_calls=[{id=x, function={name=f, arguments={}}}]}")
                .contains("role=tool, content=5, more={tool_call_id=x}");
    }

    @Test
    void longPromptsAreRefused() {
        var longest = "{'prompt': '" + "a".repeat(300) + "'}";
        assertThat(text(longest).promptTokens()).isEqualTo(300);
        assertRefused(catchThrowableOfType(ApiException.class, () -> text(longest.replace("aa'", "aaa'"))), null,
                "context_length_exceeded");
    }

    @Test
    void theModelsPositionsBoundPromptAndAnswer() {
        var short20 = new Requests(new SteppedEngine("") {
            @Override
            public OptionalInt positions() {
                return OptionalInt.of(20);
            }
        }, "m", LIMITS);
        assertThat(short20.completion(Json.object(json("{'prompt': 'abcd', 'max_tokens': 16}"))).promptTokens())
                .isEqualTo(4);
        assertThatThrownBy(() -> short20.completion(Json.object(json("{'prompt': 'abcde', 'max_tokens': 16}"))))
                .isInstanceOf(ApiException.class).hasMessageContaining("5 tokens and 16 new ones")
                .hasMessageContaining("20 positions");
    }

    /** Bodies with values and bytes changed are tasks or are refused, and never anything else. */
    @Test
    void mutatedBodiesAreReadOrRefused() {
        var bodies = List.of("{'prompt': ['ab', [1, 2]], 'n': 2, 'max_tokens': 7, 'temperature': 0.5, 'stop': ['x']}",
                "{'messages': [{'role': 'user', 'content': [{'type': 'text', 'text': 'b'}]}], 'top_k': 3, 'seed': 1}");
        var random = new Random(7);
        int read = 0;
        for (int i = 0; i < 4000; i++) {
            var text = VALUE.matcher(bodies.get(i % 2)).replaceAll(value -> random.nextInt(8) > 0 ? value.group()
                    : OTHERS.get(random.nextInt(OTHERS.size())));
            var body = json(text);
            if (random.nextInt(4) == 0) {
                body[random.nextInt(body.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(i % 2 == 0 ? requests.completion(Json.object(body)) : requests.chat(Json.object(body)))
                        .isNotNull();
                read++;
            } catch (ApiException refusal) {
                assertThat(refusal.status()).isEqualTo(400);
            }
        }
        assertThat(read).isBetween(500, 3000);
    }

    private static void assertRefused(ApiException refusal, String parameter, String code) {
        assertThat(refusal).isNotNull();
        assertThat(refusal.status()).isEqualTo(400);
        var error = refusal.json().path("error");
        assertThat(error.path("param").textValue()).isEqualTo(parameter);
        assertThat(error.path("code").textValue()).isEqualTo(code);
        assertThat(error.path("type").textValue()).isEqualTo("invalid_request_error");
        if (parameter != null) {
            assertThat(error.path("message").textValue()).contains("'" + parameter + "'");
        }
    }

    private static byte[] json(String body) {
        return Client.quoted(body).getBytes(UTF_8);
    }

    private Task text(String body) {
        return requests.completion(Json.object(json(body)));
    }

    private Task chat(String body) {
        return requests.chat(Json.object(json(body)));
    }

    /** The conversation as the engine came to see it. */
    private String seen(String body) {
        var ids = chat(body).prompts().get(0).ids();
        return new String(ids, 0, ids.length);
    }
}
