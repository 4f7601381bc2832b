package org.xlstm4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** A JSON object of settings, read by name and type; an explicit null counts as absent. */
record Settings(JsonNode json, Path file) {

    boolean has(String name) {
        return json.hasNonNull(name);
    }

    Settings object(String name) throws CheckpointException {
        return new Settings(typed(name, "an object", json.path(name).isObject()), file);
    }

    String text(String name) throws CheckpointException {
        return typed(name, "a string", json.path(name).isTextual()).textValue();
    }

    String text(String name, String absent) throws CheckpointException {
        return has(name) ? text(name) : absent;
    }

    int integer(String name) throws CheckpointException {
        var value = json.path(name);
        return typed(name, "a whole number", value.isIntegralNumber() && value.canConvertToInt()).intValue();
    }

    int integer(String name, int absent) throws CheckpointException {
        return has(name) ? integer(name) : absent;
    }

    /** As transformers reads settings whose null has a meaning of its own: empty for null. */
    OptionalInt integer(String name, OptionalInt absent) throws CheckpointException {
        if (!json.has(name)) {
            return absent;
        }
        return has(name) ? OptionalInt.of(integer(name)) : OptionalInt.empty();
    }

    /** An array of strings. */
    List<String> texts(String name) throws CheckpointException {
        typed(name, "an array of strings", json.path(name).isArray());
        var values = new ArrayList<String>();
        for (var value : json.get(name)) {
            typed(name, "an array of strings", value.isTextual());
            values.add(value.textValue());
        }
        return List.copyOf(values);
    }

    /** A whole number or an array of them; empty where absent. */
    List<Integer> integers(String name) throws CheckpointException {
        if (!has(name)) {
            return List.of();
        }
        if (!json.get(name).isArray()) {
            return List.of(integer(name));
        }
        var values = new ArrayList<Integer>();
        for (var value : json.get(name)) {
            typed(name, "whole numbers", value.isIntegralNumber() && value.canConvertToInt());
            values.add(value.intValue());
        }
        return List.copyOf(values);
    }

    double real(String name) throws CheckpointException {
        return typed(name, "a number", json.path(name).isNumber()).doubleValue();
    }

    double real(String name, double absent) throws CheckpointException {
        return has(name) ? real(name) : absent;
    }

    boolean flag(String name, boolean absent) throws CheckpointException {
        return has(name) ? typed(name, "true or false", json.path(name).isBoolean()).booleanValue() : absent;
    }

    private JsonNode typed(String name, String type, boolean right) throws CheckpointException {
        if (!right) {
            throw new CheckpointException(file + ": '" + name + "' must be " + type
                    + (has(name) ? ", is " + json.get(name) : " and is missing"));
        }
        return json.get(name);
    }
}
