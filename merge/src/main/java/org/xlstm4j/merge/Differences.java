package org.xlstm4j.merge;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.xlstm4j.model.ModelConfig;

/** What keeps experts from being merged, an entry a difference. */
final class Differences {
    /** A setting of the mixer that changes its speed, never its result. */
    private static final String CHUNK_SIZE = "hybrid.chunkSize";

    private Differences() {
    }

    /** Names that only one of two experts has, and names whose values differ, in the experts' order. */
    static List<String> between(String first, Map<String, ?> ofFirst, String second, Map<String, ?> ofSecond) {
        var differences = new ArrayList<String>();
        ofFirst.forEach((name, value) -> {
            var other = ofSecond.get(name);
            if (other == null) {
                differences.add(second + " lacks " + name + ", which " + first + " has");
            } else if (!value.equals(other)) {
                differences.add(name + " is " + value + " in " + first + " but " + other + " in " + second);
            }
        });
        ofSecond.keySet().stream().filter(name -> !ofFirst.containsKey(name))
                .forEach(name -> differences.add(first + " lacks " + name + ", which " + second + " has"));
        return differences;
    }

    /** Everything in {@code config} that decides what the model computes, by name, such as {@code hybrid.window}. */
    static Map<String, String> settings(ModelConfig config) {
        var settings = new LinkedHashMap<String, String>();
        addComponents("", config, settings);
        settings.remove(CHUNK_SIZE);
        return settings;
    }

    private static void addComponents(String prefix, Record settings, Map<String, String> all) {
        for (var component : settings.getClass().getRecordComponents()) {
            try {
                add(prefix + component.getName(), component.getAccessor().invoke(settings), all);
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException("the settings' " + component + " cannot be read", e);
            }
        }
    }

    private static void add(String name, Object value, Map<String, String> all) {
        if (value instanceof Optional<?> optional) {
            add(name, optional.isPresent() ? optional.get() : "absent", all);
        } else if (value instanceof Record nested) {
            all.put(name, nested.getClass().getSimpleName());
            addComponents(name + ".", nested, all);
        } else {
            all.put(name, String.valueOf(value));
        }
    }

    /** @throws IllegalArgumentException naming every difference, if there are any */
    static void requireNone(List<String> differences) {
        if (!differences.isEmpty()) {
            throw new IllegalArgumentException("the experts cannot be merged: " + String.join("; ", differences)
                    + "; give experts distilled from the same start");
        }
    }
}
