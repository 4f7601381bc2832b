package org.xlstm4j.distill.judge;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which of a result file's tasks and groups count. A file has the scores of groups and of their members alike. */
final class HarnessGroups {
    private final JsonNode results;
    private final JsonNode members;

    HarnessGroups(JsonNode tree) {
        this.results = tree.path("results");
        this.members = tree.path("group_subtasks");
    }

    /** Those with a score of which no group that has a score is above; or, of {@code subtasks}, those below nothing. */
    Set<String> counted(boolean subtasks) {
        var counted = new LinkedHashSet<String>();
        results.fieldNames().forEachRemaining(name -> {
            if (scored(name) && !(subtasks && isGroup(name))) {
                counted.add(name);
            }
        });
        if (!subtasks) {
            for (var name : List.copyOf(counted)) {
                var below = new LinkedHashSet<String>();
                collect(name, below);
                below.remove(name);
                counted.removeAll(below);
            }
        }
        return counted;
    }

    /** The tasks with items of their own in a group, or the task itself. */
    List<String> leaves(String name) {
        var below = new LinkedHashSet<String>();
        collect(name, below);
        return new ArrayList<>(below.stream().filter(member -> !isGroup(member)).toList());
    }

    private boolean scored(String name) {
        return !HarnessMetric.in(results.path(name)).isEmpty();
    }

    private boolean isGroup(String name) {
        return !members.path(name).isEmpty();
    }

    private void collect(String name, Set<String> below) {
        if (below.add(name)) {
            members.path(name).forEach(member -> collect(member.asText(), below));
        }
    }
}
