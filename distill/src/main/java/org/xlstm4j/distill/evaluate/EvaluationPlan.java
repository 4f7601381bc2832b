package org.xlstm4j.distill.evaluate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * The items of an evaluation in groups, the longest first: what a model is given at once is of one kind and of similar
 * length. A group's results depend on nothing else, so groups may be judged apart, and anywhere.
 */
public final class EvaluationPlan {
    private static final int ITEMS_PER_GROUP = 64;
    /** Of all sequences of a group, unless one item alone has more. */
    static final int TOKENS_PER_GROUP = 16_384;

    private final EvaluationOptions options;
    private final List<Group> groups;

    /**
     * Items that are judged at once.
     *
     * @param items  the items, of one kind
     * @param tokens the tokens that the model is given for them
     */
    public record Group(List<TaskItem> items, long tokens) {
        public Group {
            items = List.copyOf(items);
        }

        TaskKind kind() {
            return items.get(0).kind();
        }
    }

    private record Sized(TaskItem item, long tokens) {
    }

    private EvaluationPlan(EvaluationOptions options, List<Group> groups) {
        this.options = options;
        this.groups = List.copyOf(groups);
    }

    /** @param tokens how many tokens a model is given for an item */
    static EvaluationPlan of(TaskSet tasks, EvaluationOptions options, ToLongFunction<TaskItem> tokens) {
        var selected = tasks.select(options.split(), options.maxItemsPerTask()).all();
        if (selected.isEmpty()) {
            throw new IllegalArgumentException("the split " + options.split() + " selects none of "
                    + tasks.size() + " items");
        }
        var byKind = new EnumMap<TaskKind, List<Sized>>(TaskKind.class);
        selected.forEach(item -> byKind.computeIfAbsent(item.kind(), kind -> new ArrayList<>())
                .add(new Sized(item, tokens.applyAsLong(item))));
        var groups = new ArrayList<Group>();
        byKind.values().forEach(items -> groups.addAll(groups(items)));
        return new EvaluationPlan(options, groups);
    }

    private static List<Group> groups(List<Sized> items) {
        items.sort(Comparator.comparingLong(Sized::tokens).reversed());
        var groups = new ArrayList<Group>();
        for (int from = 0, end; from < items.size(); from = end) {
            long longest = Math.max(1, items.get(from).tokens());
            end = (int) Math.min(items.size(), from + Math.max(1, Math.min(ITEMS_PER_GROUP, TOKENS_PER_GROUP / longest)));
            var some = items.subList(from, end);
            groups.add(new Group(some.stream().map(Sized::item).toList(),
                    some.stream().mapToLong(Sized::tokens).sum()));
        }
        return groups;
    }

    /** What is evaluated, and how. */
    public EvaluationOptions options() {
        return options;
    }

    /** The groups, in the order in which they are judged. */
    public List<Group> groups() {
        return groups;
    }

    /** How far one is after the first so many groups. */
    public EvaluationProgress progress(int doneGroups) {
        var done = groups.subList(0, doneGroups);
        return new EvaluationProgress(items(done), items(groups), tokens(done), tokens(groups));
    }

    private static int items(List<Group> groups) {
        return groups.stream().mapToInt(group -> group.items().size()).sum();
    }

    private static long tokens(List<Group> groups) {
        return groups.stream().mapToLong(Group::tokens).sum();
    }

    /** Digits that tell these items in these groups from others. */
    String digest() {
        var asked = new StringBuilder();
        for (var group : groups) {
            group.items().forEach(item -> asked.append(item.task()).append('\0').append(item.index()).append('\0')
                    .append(item.kind()).append('\0').append(item.asked()).append('\0'));
            asked.append('\n');
        }
        return Digest.of(asked.toString());
    }

    /**
     * The report of what was judged group by group.
     *
     * @param model   the name of the model
     * @param results of every item, in the order of the groups
     * @throws IllegalArgumentException if they are not the results of this plan's items
     */
    public EvaluationReport report(String model, List<ItemResult> results) {
        var items = groups.stream().flatMap(group -> group.items().stream()).toList();
        if (results.size() != items.size()) {
            throw new IllegalArgumentException(results.size() + " results for " + items.size() + " items");
        }
        var byTask = new TreeMap<String, Map<Integer, ItemResult>>();
        for (int i = 0; i < items.size(); i++) {
            var item = items.get(i);
            var result = results.get(i);
            if (item.index() != result.index() || !item.asked().equals(result.asked())) {
                throw new IllegalArgumentException("result " + i + " is not that of item " + item.index() + " of "
                        + item.task());
            }
            byTask.computeIfAbsent(item.task(), task -> new TreeMap<>()).put(item.index(), result);
        }
        var tasks = new ArrayList<TaskResult>();
        byTask.forEach((task, ofTask) -> tasks.add(TaskResult.of(task, List.copyOf(ofTask.values()))));
        return new EvaluationReport(model, options, tasks);
    }
}
