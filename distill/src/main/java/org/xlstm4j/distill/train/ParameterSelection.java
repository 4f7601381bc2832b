package org.xlstm4j.distill.train;

import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.xlstm4j.model.ParameterNames;

/**
 * Parameters by patterns of their names: those that any of {@code include} matches and none of {@code exclude}. A
 * pattern is a name in which {@code *} stands for any characters, or {@value #MIXERS} for all that the student adds to
 * its teacher.
 *
 * @param include patterns; empty for every parameter
 * @param exclude patterns
 */
public record ParameterSelection(List<String> include, List<String> exclude) {
    /** The pattern of all parameters of the student's mixers. */
    public static final String MIXERS = "mixers";
    /** Every parameter. */
    public static final ParameterSelection ALL = new ParameterSelection(List.of(), List.of());

    public ParameterSelection {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
    }

    /**
     * Those of {@code names} that are selected, in order.
     *
     * @throws IllegalArgumentException naming a pattern that matches none of them, or if none is selected
     */
    public List<String> of(Collection<String> names) {
        Stream.concat(include.stream(), exclude.stream()).forEach(pattern -> {
            if (names.stream().noneMatch(name -> matches(pattern, name))) {
                throw new IllegalArgumentException("no parameter is called " + pattern + ": * stands for any part of a"
                        + " name, such as " + names.iterator().next());
            }
        });
        var selected = names.stream().filter(this::selects).toList();
        if (selected.isEmpty()) {
            throw new IllegalArgumentException("every parameter is excluded by " + exclude);
        }
        return selected;
    }

    private boolean selects(String name) {
        return (include.isEmpty() || include.stream().anyMatch(pattern -> matches(pattern, name)))
                && exclude.stream().noneMatch(pattern -> matches(pattern, name));
    }

    private static boolean matches(String pattern, String name) {
        return pattern.equals(MIXERS) ? ParameterNames.isMixer(name)
                : Pattern.matches(Stream.of(pattern.split("\\*", -1)).map(Pattern::quote)
                        .collect(Collectors.joining(".*")), name);
    }
}
