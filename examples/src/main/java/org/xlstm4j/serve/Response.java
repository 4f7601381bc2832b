package org.xlstm4j.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.xlstm4j.generate.Generation;

/** The JSON of the response to one task, in one piece or in chunks, which bear the same id and time. */
final class Response {
    private final Task task;
    private final String model;
    private final String id;
    private final long created = Instant.now().getEpochSecond();

    Response(Task task, String model) {
        this.task = task;
        this.model = model;
        this.id = task.format().idPrefix() + UUID.randomUUID().toString().replace("-", "");
    }

    /** All answers at once. */
    ObjectNode whole(List<Generation> answers) {
        var json = envelope(false);
        var choices = json.putArray("choices");
        for (int i = 0; i < answers.size(); i++) {
            choices.add(task.format().whole(i, answers.get(i).text())
                    .put("finish_reason", Format.reason(answers.get(i).finishReason())));
        }
        json.set("usage", usage(answers));
        return json;
    }

    /** What a stream begins with: in a chat, who speaks. */
    List<ObjectNode> opening() {
        var chunks = new ArrayList<ObjectNode>();
        for (int i = 0; task.format() == Format.CHAT && i < task.choices(); i++) {
            var choice = task.format().piece(i, "");
            choice.withObject("/delta").put("role", "assistant");
            chunks.add(chunk(choice));
        }
        return chunks;
    }

    ObjectNode piece(int index, String text) {
        return chunk(task.format().piece(index, text));
    }

    /** What a stream ends with: why each answer ended and, if asked for, the counts of tokens. */
    List<ObjectNode> ending(List<Generation> answers) {
        var chunks = new ArrayList<ObjectNode>();
        for (int i = 0; i < answers.size(); i++) {
            chunks.add(chunk(task.format().end(i)
                    .put("finish_reason", Format.reason(answers.get(i).finishReason()))));
        }
        if (task.usage()) {
            var json = envelope(true);
            json.putArray("choices");
            json.set("usage", usage(answers));
            chunks.add(json);
        }
        return chunks;
    }

    private ObjectNode chunk(ObjectNode choice) {
        var json = envelope(true);
        json.putArray("choices").add(choice);
        if (task.usage()) {
            json.putNull("usage");
        }
        return json;
    }

    private ObjectNode envelope(boolean chunk) {
        return JsonNodeFactory.instance.objectNode().put("id", id).put("object", task.format().objectName(chunk))
                .put("created", created).put("model", model);
    }

    private ObjectNode usage(List<Generation> answers) {
        int completion = answers.stream().mapToInt(Generation::answerTokens).sum();
        return JsonNodeFactory.instance.objectNode().put("prompt_tokens", task.promptTokens())
                .put("completion_tokens", completion).put("total_tokens", task.promptTokens() + completion);
    }
}
