package org.xlstm4j.distill.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.xlstm4j.distill.data.JsonLines;
import org.xlstm4j.distill.data.JsonLinesException;

/** Reads task items from JSON lines. */
final class TaskReader {
    private static final String EXPECTED = "\"task\" with \"prompt\" and \"answer\", with \"prompt\", \"choices\" and "
            + "\"gold\", or with \"text\"";

    private final Map<String, List<TaskItem>> items = new TreeMap<>();
    private final Map<String, Map<List<Object>, Integer>> asked = new HashMap<>();
    private final List<JsonLinesException> faults = new ArrayList<>();

    TaskSet read(List<Path> files) throws IOException {
        for (var file : files) {
            JsonLines.read(file, EXPECTED, this::add, faults::add);
        }
        TaskFileException.refuse(faults);
        if (items.isEmpty()) {
            throw new IOException("there are no task items in " + files + "; name files with lines of task items");
        }
        return new TaskSet(new TreeMap<>(items));
    }

    private boolean add(JsonLines.Line line) {
        var task = line.string("task");
        var ofTask = items.getOrDefault(task, new ArrayList<>());
        var item = item(task, ofTask.size(), line);
        if (!ofTask.isEmpty() && ofTask.get(0).kind() != item.kind()) {
            throw new IllegalArgumentException("task " + task + " began with items of kind " + ofTask.get(0).kind()
                    + ", this is one of " + item.kind() + "; name it otherwise");
        }
        var twin = asked.computeIfAbsent(task, name -> new HashMap<>()).putIfAbsent(item.asked(), item.index());
        if (twin != null) {
            throw new IllegalArgumentException("this is item " + twin + " of task " + task + " again; remove one");
        }
        items.put(task, ofTask);
        return ofTask.add(item);
    }

    private static TaskItem item(String task, int index, JsonLines.Line line) {
        boolean isChoice = line.has("choices") || line.has("gold");
        if (line.has("text") && (line.has("prompt") || line.has("answer") || isChoice)
                || isChoice && line.has("answer")) {
            throw new IllegalArgumentException("there are the fields of more than one kind of task");
        }
        if (line.has("text")) {
            return new TextItem(task, index, line.string("text"));
        }
        if (isChoice) {
            return new ChoiceItem(task, index, line.string("prompt"), choices(line), gold(line));
        }
        if (!line.has("prompt") && !line.has("answer")) {
            var fields = new ArrayList<String>();
            line.fields().fieldNames().forEachRemaining(fields::add);
            throw new IllegalArgumentException("no kind of task has the fields " + fields);
        }
        return new ExactMatchItem(task, index, line.string("prompt"), line.string("answer"));
    }

    private static List<String> choices(JsonLines.Line line) {
        var choices = line.fields().path("choices");
        if (!choices.isArray()) {
            throw new IllegalArgumentException("\"choices\" is not a list of strings");
        }
        var texts = new ArrayList<String>();
        for (JsonNode choice : choices) {
            if (!choice.isTextual()) {
                throw new IllegalArgumentException("choice " + texts.size() + " is not a string but "
                        + choice.getNodeType());
            }
            texts.add(choice.textValue());
        }
        return texts;
    }

    private static int gold(JsonLines.Line line) {
        var gold = line.fields().path("gold");
        if (!gold.isIntegralNumber() || !gold.canConvertToInt()) {
            throw new IllegalArgumentException("\"gold\" is not the number of a choice, from 0");
        }
        return gold.intValue();
    }
}
