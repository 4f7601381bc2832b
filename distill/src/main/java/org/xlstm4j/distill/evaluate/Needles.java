package org.xlstm4j.distill.evaluate;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/**
 * Needles in haystacks, as many samples at every length and depth: "The secret number of KEY is N." somewhere in a long
 * text that ends with the question for it.
 *
 * @param lengths tokens of the whole prompt
 * @param depths  where the needle lies, from 0, the beginning of the haystack, to 1, its end
 * @param samples items a length and depth
 * @param seed    what keys, numbers and haystacks are drawn with
 * @param text    the haystack's text; empty for one made by rule
 */
public record Needles(List<Integer> lengths, List<Double> depths, int samples, long seed, String text) {
    private static final List<String> KEYS = List.of("Aberdeen", "Bergen", "Cordoba", "Dresden", "Elba", "Ferrara",
            "Ghent", "Havana", "Izmir", "Jena", "Kyoto", "Lima", "Malmo", "Nantes", "Oslo", "Perth", "Quito", "Riga",
            "Sofia", "Turin");
    private static final int LEAST = 1_000_000;
    private static final int NUMBERS = 9 * LEAST;

    public Needles {
        lengths = List.copyOf(lengths);
        depths = List.copyOf(depths);
        Objects.requireNonNull(text, "text");
        requireDistinct("lengths", lengths);
        requireDistinct("depths", depths);
        if (samples < 1) {
            throw new IllegalArgumentException("there must be 1 sample or more, not " + samples);
        }
    }

    private static void requireDistinct(String name, List<?> values) {
        if (values.isEmpty() || new HashSet<>(values).size() < values.size()) {
            throw new IllegalArgumentException("the " + name + " of needles must be one or more, none twice, not "
                    + values);
        }
    }

    /** The items, a task a length: {@code needle-LENGTH}. */
    public TaskSet tasks() {
        var random = new Random(seed);
        var tasks = new TreeMap<String, List<TaskItem>>();
        for (int length : lengths) {
            var task = "needle-" + length;
            var items = new ArrayList<TaskItem>();
            for (double depth : depths) {
                for (int sample = 0; sample < samples; sample++) {
                    items.add(new NeedleItem(task, items.size(), length, depth, KEYS.get(random.nextInt(KEYS.size())),
                            Integer.toString(LEAST + random.nextInt(NUMBERS)),
                            new Haystack(text, random.nextLong())));
                }
            }
            tasks.put(task, items);
        }
        return new TaskSet(tasks);
    }
}
