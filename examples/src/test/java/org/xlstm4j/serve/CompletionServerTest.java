package org.xlstm4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.BindException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.generate.Prompt;
import org.xlstm4j.generate.TextGenerator;

/** The demo's teacher over loopback sockets. */
class CompletionServerTest {
    private static final Path TEACHER = Path.of("demo", "teacher-llama-1m");
    private static final String SUM = "'prompt': 'Compute 68 + 15 =', 'temperature': 0";
    private static final String CHAT_SUM = "'messages': [{'role': 'user', 'content': '68 + 15'}], 'temperature': 0";

    private static final String COUNTED = "requests_total{path=\"/v1/completions\",status=\"200\"}";

    @TempDir
    private static Path folder;
    private static TextGenerator generator;
    private static CompletionServer server;
    private static Client client;

    @BeforeAll
    static void start() throws IOException {
        try (var files = Files.list(TEACHER)) {
            for (var file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Files.writeString(folder.resolve("chat_template.jinja"), "{{ bos_token }}{% for m in messages %}"
                + "{{ raise_exception('no system here') if m.role == 'system' }}"
                + "{{ 'Compute ' ~ m.content }}{% endfor %}{{ ' =' if add_generation_prompt }}");
        generator = TextGenerator.open(folder, ImportOptions.STRICT, 2);
        server = CompletionServer.start(generator, "teacher",
                ServerOptions.loopback(0).withLimits(new Limits(20_000, 200, 100, 4, 2, 16)));
        client = new Client(server);
    }

    @AfterAll
    static void stop() {
        server.close();
        generator.close();
    }

    @Test
    void completesAText() {
        var response = client.post(Client.TEXTS, "{'model': 'teacher', " + SUM + "}");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        var json = Client.json(response.body());
        assertThat(json.path("object").textValue()).isEqualTo("text_completion");
        assertThat(json.path("id").textValue()).startsWith("cmpl-");
        assertThat(json.path("model").textValue()).isEqualTo("teacher");
        assertThat(json.path("created").isIntegralNumber()).isTrue();
        assertThat(json.path("choices")).singleElement().satisfies(choice -> {
            assertThat(choice.path("text").textValue()).isEqualTo(" 83");
            assertThat(choice.path("finish_reason").textValue()).isEqualTo("stop");
        });
        assertThat(json.path("usage")).isEqualTo(Client.json(Client.quoted(
                "{'prompt_tokens': 10, 'completion_tokens': 3, 'total_tokens': 13}")));
    }

    @Test
    void answersInAChat() {
        var json = Client.json(client.post(Client.CHAT, "{" + CHAT_SUM + "}").body());
        assertThat(json.path("object").textValue()).isEqualTo("chat.completion");
        var choice = json.path("choices").path(0);
        assertThat(choice.path("message").path("role").textValue()).isEqualTo("assistant");
        assertThat(choice.path("message").path("content").textValue()).isEqualTo(" 83");
        assertThat(choice.path("finish_reason").textValue()).isEqualTo("stop");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "'prompt': 'Compute', 'seed': 3, 'max_tokens': 40",
        "'prompt': 'Compute', 'seed': 4, 'max_tokens': 40, 'temperature': 1.5, 'top_k': 5, 'stop': ['9', 'e']",
        "'prompt': ['Compute 1', 'Say', [2, 5, 9, 30]], 'seed': 5, 'max_tokens': 17",
        "'prompt': ['Compute 1', 'Say'], 'n': 2, 'seed': 6, 'max_tokens': 13, 'temperature': 2"})
    void streamedChunksAddUpToTheWholeText(String fields) {
        var whole = Client.json(client.post(Client.TEXTS, "{" + fields + "}").body()).path("choices");
        assertThat(whole).isNotEmpty();
        var chunks = Client.chunks(client.post(Client.TEXTS, "{" + fields + ", 'stream': true}"));
        for (var choice : whole) {
            int index = choice.path("index").intValue();
            assertThat(pieces(chunks, index, "/text")).isEqualTo(choice.path("text").textValue());
            assertThat(reason(chunks, index)).isEqualTo(choice.path("finish_reason").textValue());
        }
        assertThat(chunks).allSatisfy(chunk -> {
            assertThat(chunk.path("id")).isEqualTo(chunks.get(0).path("id"));
            assertThat(chunk.has("usage")).isFalse();
        });
    }

    @Test
    void chatStreamsBeginWithTheRoleAndEndWithTheUsageAskedFor() {
        var response = client.post(Client.CHAT,
                "{" + CHAT_SUM + ", 'stream': true, 'stream_options': {'include_usage': true}}");
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream; charset=utf-8");
        var chunks = Client.chunks(response);
        assertThat(chunks.get(0).at("/choices/0/delta/role").textValue()).isEqualTo("assistant");
        assertThat(pieces(chunks, 0, "/delta/content")).isEqualTo(" 83");
        var last = chunks.get(chunks.size() - 1);
        assertThat(last.path("choices").isEmpty()).isTrue();
        assertThat(last.at("/usage/total_tokens").intValue()).isEqualTo(13);
        assertThat(chunks.subList(0, chunks.size() - 1)).allSatisfy(
                chunk -> assertThat(chunk.path("usage").isNull()).isTrue());
    }

    @Test
    void oneSeedGivesOneText() {
        var sampled = "{'prompt': 'Compute', 'max_tokens': 30, 'temperature': 2, 'seed': %d}";
        var texts = IntStream.of(7, 7, 8).mapToObj(seed -> text(client.post(Client.TEXTS, sampled.formatted(seed))))
                .toList();
        assertThat(texts.get(0)).isEqualTo(texts.get(1)).isNotEqualTo(texts.get(2));
        var unseeded = "{'prompt': 'Compute', 'max_tokens': 30, 'temperature': 2}";
        assertThat(text(client.post(Client.TEXTS, unseeded))).isNotEqualTo(text(client.post(Client.TEXTS, unseeded)));
    }

    @Test
    void samplesOfOnePromptDifferAndAreCountedByPrompt() {
        var fields = "'prompt': ['Compute', 'Say'], 'max_tokens': 20, 'temperature': 2, 'seed': 7";
        var samples = Client.json(client.post(Client.TEXTS, "{" + fields + ", 'n': 2}").body());
        var texts = samples.findValuesAsText("text");
        assertThat(texts).hasSize(4).doesNotHaveDuplicates();
        assertThat(samples.at("/usage/prompt_tokens").intValue())
                .isEqualTo(generator.tokens(Prompt.text("Compute")).length
                        + generator.tokens(Prompt.text("Say")).length);
        var single = Client.json(client.post(Client.TEXTS, "{" + fields + "}").body()).findValuesAsText("text");
        assertThat(List.of(texts.get(0), texts.get(2))).isEqualTo(single);
    }

    @Test
    void stopStringsEndATextBeforeThem() {
        assertThat(text(client.post(Client.TEXTS, "{" + SUM + ", 'stop': '3'}"))).isEqualTo(" 8");
    }

    @Test
    void concurrentRequestsAnswerAsOneAfterAnother() {
        var bodies = IntStream.range(0, 12).mapToObj(
                i -> "{'prompt': 'Compute " + i + " +', 'max_tokens': " + (10 + i) + ", 'seed': " + i + "}").toList();
        var alone = bodies.stream().map(body -> text(client.post(Client.TEXTS, body))).toList();
        var together = bodies.stream().map(body -> client.postLater(Client.TEXTS, body)).toList();
        assertThat(together.stream().map(CompletableFuture::join).map(CompletionServerTest::text).toList())
                .isEqualTo(alone);
    }

    @Test
    void tokensOfAPromptAreTakenAsTheyAre() {
        int[] ids = generator.tokens(Prompt.text("Compute 68 + 15 ="));
        var list = IntStream.of(ids).boxed().toList();
        for (var prompt : List.of(list.toString(), List.of(list).toString())) {
            assertThat(text(client.post(Client.TEXTS, "{'prompt': " + prompt + ", 'temperature': 0}")))
                    .isEqualTo(" 83");
        }
    }

    @Test
    void promptsBeyondTheLimitsAreRefused() {
        var tooLong = client.post(Client.TEXTS, "{'prompt': '" + "Compute 1 ".repeat(60) + "'}");
        assertThat(tooLong.statusCode()).isEqualTo(400);
        assertThat(Client.error(tooLong).path("code").textValue()).isEqualTo("context_length_exceeded");
        assertThat(Client.error(tooLong).path("message").textValue()).contains("limit of 200");
    }

    @Test
    void whatTheTemplateRefusesIsToldWithoutTheServersFolder() {
        var refused = client.post(Client.CHAT, "{'messages': [{'role': 'system', 'content': 'a'}]}");
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(Client.error(refused).path("param").textValue()).isEqualTo("messages");
        assertThat(Client.error(refused).path("message").textValue()).contains("no system here")
                .doesNotContain(folder.toString());
    }

    @Test
    void aModelWithoutATemplateSaysSo() throws IOException {
        try (var plain = TextGenerator.open(TEACHER);
             var other = CompletionServer.start(plain, "m", ServerOptions.loopback(0))) {
            var refused = new Client(other).post(Client.CHAT, "{" + CHAT_SUM + "}");
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(Client.error(refused).path("message").textValue()).contains("no chat template")
                    .doesNotContain("teacher-llama-1m");
        }
    }

    @Test
    void listsItsModel() {
        var list = Client.json(client.get("/v1/models").body());
        assertThat(list.path("object").textValue()).isEqualTo("list");
        assertThat(list.path("data")).singleElement()
                .satisfies(model -> assertThat(model.path("id").textValue()).isEqualTo("teacher"));
        assertThat(Client.json(client.get("/v1/models/teacher").body())).isEqualTo(list.path("data").path(0));
        assertThat(client.get("/v1/models/other").statusCode()).isEqualTo(404);
    }

    @Test
    void anotherModelIsNotFound() {
        var response = client.post(Client.TEXTS, "{'model': 'gpt', " + SUM + "}");
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(Client.error(response).path("code").textValue()).isEqualTo("model_not_found");
    }

    @Test
    void unknownPathsAndMethodsAreRefused() {
        assertThat(client.get("/v1/embeddings").statusCode()).isEqualTo(404);
        assertThat(Client.error(client.get("/")).path("type").textValue()).isEqualTo("invalid_request_error");
        var get = client.get(Client.CHAT);
        assertThat(get.statusCode()).isEqualTo(405);
        assertThat(get.headers().firstValue("Allow")).hasValue("POST");
        assertThat(client.post("/v1/models", "{}").statusCode()).isEqualTo(405);
    }

    @Test
    void healthIsForAnyone() {
        assertThat(client.get("/health").body()).isEqualTo("{\"status\":\"ok\"}");
        var head = client.send(client.request("/health").method("HEAD", BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[1]", "'text'", "{'prompt': 'a'", "{'prompt': 'a'} {}",
        "{'prompt': 'a', 'prompt': 'b'}", "{\"prompt\": \"a\u0001\"}"})
    void brokenJsonIsRefused(String body) {
        var response = client.post(Client.TEXTS, body);
        assertThat(response.statusCode()).isEqualTo(body.isEmpty() ? 411 : 400);
        assertThat(Client.error(response).path("type").textValue()).isEqualTo("invalid_request_error");
        assertThat(Client.error(response).path("message").textValue()).isNotBlank();
    }

    @Test
    void bytesThatAreNoTextAreRefused() {
        var bytes = new byte[] {'{', '"', 'p', 'r', 'o', 'm', 'p', 't', '"', ':', '"', (byte) 0xc3, '"', '}'};
        var response = client.send(client.request(Client.TEXTS).POST(BodyPublishers.ofByteArray(bytes)));
        assertThat(response.statusCode()).isEqualTo(400);
    }

    @Test
    void onlyJsonAsItIsIsRead() {
        var form = client.request(Client.TEXTS).setHeader("Content-Type", "text/plain");
        assertThat(client.send(form.POST(BodyPublishers.ofString("{}"))).statusCode()).isEqualTo(415);
        var zipped = client.request(Client.TEXTS).header("Content-Encoding", "gzip");
        assertThat(client.send(zipped.POST(BodyPublishers.ofString("{}"))).statusCode()).isEqualTo(415);
        var charset = client.request(Client.TEXTS).setHeader("Content-Type", "application/json; charset=utf-8");
        assertThat(client.send(charset.POST(BodyPublishers.ofString("{" + SUM.replace('\'', '"') + "}"))).statusCode())
                .isEqualTo(200);
    }

    @Test
    void largeBodiesAreRefusedWithAndWithoutALength() {
        var body = "{'prompt': '" + "a".repeat(300_000) + "'}";
        assertThat(client.post(Client.TEXTS, body).statusCode()).isEqualTo(413);
        var chunked = BodyPublishers.fromPublisher(BodyPublishers.ofString(body));
        assertThat(client.send(client.request(Client.TEXTS).POST(chunked)).statusCode()).isEqualTo(413);
        assertThat(client.get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void countsWhatItDoes() throws Exception {
        var before = client.get("/metrics").body();
        client.post(Client.TEXTS, "{" + SUM + "}");
        var after = client.get("/metrics");
        // It counts what it has sent, a moment after its client has it.
        for (int i = 0; i < 500 && metric(after.body(), COUNTED) == metric(before, COUNTED); i++) {
            Thread.sleep(10);
            after = client.get("/metrics");
        }
        assertThat(after.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/plain; version=0.0.4");
        assertThat(metric(after.body(), COUNTED) - metric(before, COUNTED)).isEqualTo(1);
        assertThat(metric(after.body(), "generated_tokens_total") - metric(before, "generated_tokens_total"))
                .isEqualTo(3);
        assertThat(metric(after.body(), "requests_waiting")).isZero();
    }

    @Test
    void aTakenPortIsNamed() {
        var options = ServerOptions.loopback(server.address().getPort());
        assertThatThrownBy(() -> CompletionServer.start(generator, "m", options)).isInstanceOf(BindException.class)
                .hasMessageContaining(Integer.toString(options.address().getPort()));
    }

    private static double metric(String metrics, String name) {
        return metrics.lines().filter(line -> line.startsWith("xlstm4j_" + name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ')))).sum();
    }

    private static String text(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Client.json(response.body()).at("/choices/0/text").textValue();
    }

    private static String pieces(List<JsonNode> chunks, int index, String field) {
        return choices(chunks, index).stream().map(choice -> choice.at(field).asText()).reduce("", String::concat);
    }

    private static String reason(List<JsonNode> chunks, int index) {
        var reasons = choices(chunks, index).stream().map(choice -> choice.path("finish_reason"))
                .filter(JsonNode::isTextual).toList();
        assertThat(reasons).hasSize(1);
        return reasons.get(0).textValue();
    }

    private static List<JsonNode> choices(List<JsonNode> chunks, int index) {
        return chunks.stream().flatMap(chunk -> StreamSupport.stream(chunk.path("choices").spliterator(), false))
                .filter(choice -> choice.path("index").intValue() == index).toList();
    }
}
