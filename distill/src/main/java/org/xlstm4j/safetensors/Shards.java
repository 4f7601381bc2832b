package org.xlstm4j.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.core.util.Separators.Spacing;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tensors dealt out to files, by the rules of Hugging Face's libraries.
 *
 * @param files file name → its tensors, in order
 */
record Shards(Map<String, List<TensorEntry>> files) {

    /** Deals out {@code entries} in their order; one that is larger than {@code maxBytes} has a shard to itself. */
    static Shards of(Collection<TensorEntry> entries, long maxBytes) {
        var shards = new ArrayList<List<TensorEntry>>();
        var current = new ArrayList<TensorEntry>();
        long bytes = 0;
        for (var entry : entries) {
            if (entry.bytes() > maxBytes) {
                shards.add(List.of(entry));
                continue;
            }
            if (entry.bytes() > maxBytes - bytes) {
                shards.add(List.copyOf(current));
                current.clear();
                bytes = 0;
            }
            current.add(entry);
            bytes += entry.bytes();
        }
        if (!current.isEmpty() || shards.isEmpty()) {
            shards.add(List.copyOf(current));
        }
        return named(shards);
    }

    private static Shards named(List<List<TensorEntry>> shards) {
        var files = new LinkedHashMap<String, List<TensorEntry>>();
        for (var shard : shards) {
            files.put(name(files.size() + 1, shards.size()), shard);
        }
        return new Shards(files);
    }

    private static String name(int number, int count) {
        return count == 1 ? SafetensorsWriter.SINGLE_FILE
                : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", number, count);
    }

    /** The text of the index: sizes and, for each tensor, its file. */
    String index() throws IOException {
        var fileOf = new TreeMap<String, String>();
        long bytes = 0;
        long elements = 0;
        for (var file : files.entrySet()) {
            for (var entry : file.getValue()) {
                fileOf.put(entry.name(), file.getKey());
                bytes = Math.addExact(bytes, entry.bytes());
                elements = Math.addExact(elements, entry.elements());
            }
        }
        var text = new StringWriter();
        try (var json = new JsonFactory().createGenerator(text)) {
            // As Python's json.dumps(…, indent=2, sort_keys=True).
            json.setPrettyPrinter(new DefaultPrettyPrinter(
                    Separators.createDefaultInstance().withObjectFieldValueSpacing(Spacing.AFTER))
                    .withObjectIndenter(new DefaultIndenter("  ", "\n")));
            json.writeStartObject();
            json.writeObjectFieldStart("metadata");
            json.writeNumberField("total_parameters", elements);
            json.writeNumberField("total_size", bytes);
            json.writeEndObject();
            json.writeObjectFieldStart("weight_map");
            for (var entry : fileOf.entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        }
        return text.append('\n').toString();
    }
}
