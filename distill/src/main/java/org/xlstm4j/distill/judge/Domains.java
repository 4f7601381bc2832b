package org.xlstm4j.distill.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The domain that a task belongs to.
 *
 * @param patterns names of tasks by domain, those that end in * being the start of a name; the first that fits counts
 * @param prefixes whether a task that fits none belongs to what its name has before the first dot, if it has one
 */
public record Domains(Map<String, List<String>> patterns, boolean prefixes) {
    /** Where a task belongs that fits nothing. */
    public static final String OTHER = "other";
    private static final ObjectMapper MAPPER = new JsonMapper();

    public Domains {
        patterns = new LinkedHashMap<>(patterns);
    }

    /** {@code math.add} belongs to {@code math}. */
    public static Domains byPrefix() {
        return new Domains(Map.of(), true);
    }

    /**
     * Reads a JSON object {@code {"domain": ["task", "start-of-tasks*", …], …}}.
     *
     * @throws ScoreFileException if it is something else
     */
    public static Domains read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new ScoreFileException(file, "there is no such file");
        }
        try {
            var patterns = new LinkedHashMap<String, List<String>>();
            for (var domain : MAPPER.readTree(Files.readAllBytes(file)).properties()) {
                patterns.put(domain.getKey(), List.of(MAPPER.treeToValue(domain.getValue(), String[].class)));
            }
            if (patterns.isEmpty()) {
                throw new ScoreFileException(file, "there is no domain in it; expected {\"domain\": [\"task\", …]}");
            }
            return new Domains(patterns, false);
        } catch (JsonProcessingException e) {
            throw new ScoreFileException(file, "expected {\"domain\": [\"task\", \"start-of-tasks*\", …], …}: "
                    + e.getOriginalMessage().lines().findFirst().orElse(""), e);
        }
    }

    /** The domain of a task, {@link #OTHER} if none is told. */
    public String of(String task) {
        return patterns.entrySet().stream()
                .filter(domain -> domain.getValue().stream().anyMatch(pattern -> fits(task, pattern)))
                .map(Map.Entry::getKey).findFirst()
                .or(() -> prefix(task)).orElse(OTHER);
    }

    private Optional<String> prefix(String task) {
        var dot = task.indexOf('.');
        return prefixes && dot > 0 ? Optional.of(task.substring(0, dot)) : Optional.empty();
    }

    private static boolean fits(String task, String pattern) {
        return pattern.endsWith("*") ? task.startsWith(pattern.substring(0, pattern.length() - 1))
                : task.equals(pattern);
    }
}
