package org.xlstm4j.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help;

/** The list of commands in the help, by what they are for. */
final class CommandGroups {
    private static final Map<String, List<String>> GROUPS = new LinkedHashMap<>();

    static {
        GROUPS.put("Demo", List.of("demo", "ablate"));
        GROUPS.put("Checkpoints", List.of("inspect", "convert"));
        GROUPS.put("Training", List.of("align", "capture", "distill"));
        GROUPS.put("Merging", List.of("merge", "tune"));
        GROUPS.put("Judging", List.of("evaluate", "compare"));
        GROUPS.put("More machines", List.of("spark"));
        GROUPS.put("Use", List.of("generate", "chat", "serve"));
        GROUPS.put("Speed", List.of("bench"));
    }

    private CommandGroups() {
    }

    static String render(Help help) {
        var text = new StringBuilder();
        GROUPS.forEach((group, names) -> {
            var commands = help.subcommands();
            var present = names.stream().filter(commands::containsKey).toList();
            if (!present.isEmpty()) {
                text.append(String.format("%n%s:%n", group));
                present.forEach(name -> text.append(String.format("  %-10s %s%n", name, summary(commands.get(name)))));
            }
        });
        return text.toString();
    }

    private static String summary(Help command) {
        return String.join(" ", command.commandSpec().usageMessage().description());
    }
}
