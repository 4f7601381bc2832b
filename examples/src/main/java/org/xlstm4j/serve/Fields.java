package org.xlstm4j.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;

/**
 * An object in a request, read field by field. What cannot be used is refused by its path, such as
 * {@code messages[1].content}; null is taken for absent, as OpenAI does.
 */
final class Fields {
    private final ObjectNode object;
    private final String path;
    private final Set<String> known = new HashSet<>();

    private Fields(ObjectNode object, String path) {
        this.object = object;
        this.path = path;
    }

    /** The fields of a request's body. */
    static Fields of(ObjectNode body) {
        return new Fields(body, "");
    }

    /** The fields of {@code value}, which stands at {@code path}. */
    static Fields at(String path, JsonNode value) {
        if (value instanceof ObjectNode object) {
            return new Fields(object, path + ".");
        }
        throw wrongType(path, "an object", value);
    }

    /** Where a field of this object stands in the request. */
    String path(String name) {
        return path + name;
    }

    /** The value of a field, if there is one. */
    Optional<JsonNode> value(String name) {
        known.add(name);
        var value = object.get(name);
        return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
    }

    /** The value of a field that there must be. */
    JsonNode required(String name) {
        return value(name).orElseThrow(() -> missing(name));
    }

    Optional<String> text(String name) {
        return value(name).map(value -> text(path(name), value));
    }

    String requiredText(String name) {
        return text(path(name), required(name));
    }

    boolean flag(String name) {
        return value(name).map(value -> {
            if (!value.isBoolean()) {
                throw wrongType(path(name), "a boolean", value);
            }
            return value.booleanValue();
        }).orElse(false);
    }

    OptionalInt integer(String name, int least, int most) {
        return value(name).map(value -> {
            if (!value.isIntegralNumber()) {
                throw wrongType(path(name), "an integer", value);
            }
            if (!value.canConvertToInt() || value.intValue() < least || value.intValue() > most) {
                throw invalid(name, "expected an integer from " + least + " to " + most + ", but got "
                        + value.asText());
            }
            return OptionalInt.of(value.intValue());
        }).orElse(OptionalInt.empty());
    }

    OptionalLong whole(String name) {
        return value(name).map(value -> {
            if (!value.isIntegralNumber()) {
                throw wrongType(path(name), "an integer", value);
            }
            if (!value.canConvertToLong()) {
                throw invalid(name, "expected an integer of 64 bits, but got " + value.asText());
            }
            return OptionalLong.of(value.longValue());
        }).orElse(OptionalLong.empty());
    }

    OptionalDouble decimal(String name) {
        return value(name).map(value -> {
            if (!value.isNumber()) {
                throw wrongType(path(name), "a number", value);
            }
            return OptionalDouble.of(value.doubleValue());
        }).orElse(OptionalDouble.empty());
    }

    Optional<ArrayNode> list(String name) {
        return value(name).map(value -> list(path(name), value));
    }

    Optional<Fields> fields(String name) {
        return value(name).map(value -> at(path(name), value));
    }

    /** Fields that change nothing here, whatever they say. */
    void pass(String... names) {
        known.addAll(Set.of(names));
    }

    /** A field of OpenAI's that is not there here, and may only say what holds without it. */
    void unsupported(String name, Predicate<JsonNode> neutral) {
        value(name).filter(neutral.negate()).ifPresent(value -> {
            throw ApiException.badField(path(name), "unsupported_parameter",
                    "Unsupported parameter: '" + path(name) + "' is not supported by this server");
        });
    }

    /** Refuses what has not been asked for. */
    void refuseOthers() {
        object.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw ApiException.badField(path(name), "unknown_parameter", "Unknown parameter: '" + path(name)
                        + "'");
            }
        });
    }

    ApiException missing(String name) {
        return ApiException.badField(path(name), "missing_required_parameter", "Missing required parameter: '"
                + path(name) + "'");
    }

    /** What is wrong with a field whose type is right. */
    ApiException invalid(String name, String problem) {
        return ApiException.badField(path(name), "invalid_value", "Invalid '" + path(name) + "': " + problem);
    }

    static String text(String path, JsonNode value) {
        if (!value.isTextual()) {
            throw wrongType(path, "a string", value);
        }
        var text = value.textValue();
        if (text.codePoints().anyMatch(point -> Character.getType(point) == Character.SURROGATE)) {
            throw ApiException.badField(path, "invalid_value", "Invalid '" + path
                    + "': it holds half of a surrogate pair, which is no text");
        }
        return text;
    }

    static ArrayNode list(String path, JsonNode value) {
        if (value instanceof ArrayNode array) {
            return array;
        }
        throw wrongType(path, "an array", value);
    }

    static ApiException wrongType(String path, String expected, JsonNode value) {
        return ApiException.badField(path, "invalid_type", "Invalid type for '" + path + "': expected " + expected
                + ", but got " + article(value) + " instead");
    }

    private static String article(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case BOOLEAN -> "a boolean";
            case NULL -> "null";
            case NUMBER -> value.isIntegralNumber() ? "an integer" : "a decimal number";
            default -> "a string";
        };
    }
}
