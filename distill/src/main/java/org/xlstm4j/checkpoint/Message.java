package org.xlstm4j.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A message of a conversation.
 *
 * @param role    who speaks: usually {@code system}, {@code user}, {@code assistant} or {@code tool}
 * @param content what is said, or null, as in a message that only calls tools
 * @param more    what else a template may ask for, such as {@code tool_calls} or {@code reasoning_content}: values,
 *                lists and maps as in JSON
 */
public record Message(String role, String content, Map<String, ?> more) {
    public Message {
        Objects.requireNonNull(role, "role");
        more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
    }

    /** A message of a role and a text. */
    public Message(String role, String content) {
        this(role, content, Map.of());
    }

    /** As templates see it. */
    Map<String, Object> fields() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("role", role);
        fields.put("content", content);
        fields.putAll(more);
        return fields;
    }
}
