package org.xlstm4j.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.xlstm4j.checkpoint.Message;
import org.xlstm4j.generate.Prompt;

/** The conversation in a request for chat completions. */
final class Messages {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    /** OpenAI's roles as chat templates know them. */
    private static final Map<String, String> ROLES = Map.of("system", "system", "developer", "system", "user", "user",
            "assistant", "assistant", "tool", "tool");

    private Messages() {
    }

    static Prompt read(Fields fields) {
        var list = Fields.list(fields.path("messages"), fields.required("messages"));
        if (list.isEmpty()) {
            throw fields.invalid("messages", "expected at least one message");
        }
        var messages = new ArrayList<Message>();
        for (int i = 0; i < list.size(); i++) {
            messages.add(message(Fields.at(fields.path("messages") + "[" + i + "]", list.get(i))));
        }
        return Prompt.chat(messages);
    }

    private static Message message(Fields fields) {
        var said = fields.requiredText("role");
        var role = ROLES.get(said);
        if (role == null) {
            throw fields.invalid("role", "'" + said + "' is none of system, developer, user, assistant and tool");
        }
        var more = new LinkedHashMap<String, Object>();
        fields.text("name").ifPresent(name -> more.put("name", name));
        if (role.equals("assistant")) {
            fields.list("tool_calls").ifPresent(calls -> more.put("tool_calls", calls(fields, calls)));
            fields.unsupported("function_call", value -> false);
            fields.unsupported("audio", value -> false);
            fields.pass("refusal", "annotations");
        }
        if (role.equals("tool")) {
            fields.text("tool_call_id").ifPresent(id -> more.put("tool_call_id", id));
        }
        var content = fields.value("content").map(value -> content(fields, value));
        if (content.isEmpty() && !more.containsKey("tool_calls")) {
            throw fields.missing("content");
        }
        fields.refuseOthers();
        return new Message(role, content.orElse(null), more);
    }

    /** As JSON has them: values, lists and maps. */
    private static List<?> calls(Fields fields, JsonNode calls) {
        for (int i = 0; i < calls.size(); i++) {
            Fields.at(fields.path("tool_calls") + "[" + i + "]", calls.get(i));
        }
        return MAPPER.convertValue(calls, List.class);
    }

    /** A string, or parts that are texts. */
    private static String content(Fields fields, JsonNode value) {
        var path = fields.path("content");
        if (value.isTextual()) {
            return Fields.text(path, value);
        }
        if (!value.isArray()) {
            throw Fields.wrongType(path, "a string or an array of parts", value);
        }
        var text = new StringBuilder();
        for (int i = 0; i < value.size(); i++) {
            var part = Fields.at(path + "[" + i + "]", value.get(i));
            var type = part.requiredText("type");
            if (!type.equals("text")) {
                throw part.invalid("type", "'" + type + "' is not supported by this server, only text is");
            }
            text.append(part.requiredText("text"));
            part.refuseOthers();
        }
        return text.toString();
    }
}
