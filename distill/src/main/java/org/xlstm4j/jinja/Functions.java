package org.xlstm4j.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/** The functions that every template has. */
final class Functions {
    private static final int MAX_RANGE = 100_000;

    private Functions() {
    }

    static Map<String, Values.Function> all(Budget budget) {
        return Map.of(
                "raise_exception", given -> {
                    throw new TemplateException(Writer.text(given.only("message"), budget).replaceAll("\\s+", " "));
                },
                "namespace", given -> new Values.Namespace(pairs(given, budget)),
                "dict", given -> pairs(given, budget),
                "range", given -> range(given, budget));
    }

    private static Map<String, Object> pairs(Given given, Budget budget) {
        var pairs = new LinkedHashMap<String, Object>();
        for (var value : given.positional()) {
            if (!(value instanceof Map<?, ?> map)) {
                throw Values.unfit("take names from", value);
            }
            budget.spendOn(map);
            map.forEach((name, element) -> pairs.put(Values.text(name), element));
        }
        pairs.putAll(given.named());
        return pairs;
    }

    private static Object range(Given given, Budget budget) {
        var bound = given.as("start", "stop", "step");
        var one = bound.size() == 1;
        var start = one ? 0 : Values.integer(bound.get("start"));
        var stop = Values.integer(bound.get(one ? "start" : "stop"));
        var step = Values.integer(bound.getOrDefault("step", 1L));
        var numbers = new ArrayList<Object>();
        for (var i = start; step != 0 && (step > 0 ? i < stop : i > stop); i += step) {
            if (numbers.size() == MAX_RANGE) {
                throw new TemplateException("'range' is longer than " + MAX_RANGE);
            }
            numbers.add(i);
        }
        budget.spendOn(numbers);
        return numbers;
    }
}
