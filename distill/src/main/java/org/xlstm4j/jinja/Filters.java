package org.xlstm4j.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** jinja2's filters that chat templates use, and {@code tojson} as transformers defines it. */
final class Filters {
    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    private static final double LARGEST = 1L << 53;

    private final Access access;
    private final Budget budget;

    Filters(Access access, Budget budget) {
        this.access = access;
        this.budget = budget;
    }

    Object apply(String name, Object value, Given given) {
        budget.spendOn(value);
        var result = switch (name) {
            case "trim", "upper", "lower", "capitalize", "string", "replace", "safe" ->
                    ofText(name, Writer.text(value, budget), given);
            case "tojson" -> json(value, given.as("ensure_ascii", "indent", "separators", "sort_keys"));
            case "default", "d" -> withDefault(value, given.as("default_value", "boolean"));
            case "length", "count" -> nothing(given, Values.length(value));
            case "int" -> whole(value, given.as("default"));
            case "items" -> nothing(given, value instanceof Values.Undefined ? List.of() : items(value));
            case "dictsort" -> nothing(given, sorted(items(value)));
            case "map", "select", "selectattr", "reject", "rejectattr" ->
                    picked(name, Values.isTrue(value) ? Values.elements(value) : List.of(), given);
            case "first", "last", "list", "reverse", "join" -> ofElements(name, Values.elements(value), given);
            default -> throw new TemplateException("the filter '" + name + "' is not supported");
        };
        budget.spendOn(result);
        return result;
    }

    private Object ofText(String name, String text, Given given) {
        return switch (name) {
            case "trim" -> Strings.strip(text, Methods.characters(text, given, budget), true, true);
            case "replace" -> Methods.replace(text, given, budget);
            case "upper" -> nothing(given, text.toUpperCase(Locale.ROOT));
            case "lower" -> nothing(given, text.toLowerCase(Locale.ROOT));
            case "capitalize" -> nothing(given, Strings.capitalize(text));
            default -> nothing(given, text);
        };
    }

    private Object ofElements(String name, List<?> elements, Given given) {
        return switch (name) {
            case "first" -> nothing(given, elements.isEmpty() ? none("first") : elements.get(0));
            case "last" -> nothing(given, elements.isEmpty() ? none("last") : elements.get(elements.size() - 1));
            case "list" -> nothing(given, new ArrayList<Object>(elements));
            case "reverse" -> {
                var reversed = new ArrayList<Object>(elements);
                Collections.reverse(reversed);
                yield nothing(given, reversed);
            }
            default -> Methods.join(Writer.text(given.as("d").getOrDefault("d", ""), budget),
                    elements.stream().map(element -> Writer.text(element, budget)).toList(), budget);
        };
    }

    private Object picked(String name, List<?> elements, Given given) {
        return name.equals("map") ? map(elements, given)
                : selected(elements, given, name.endsWith("attr"), name.startsWith("select"));
    }

    private String json(Object value, Map<String, Object> given) {
        var indent = given.get("indent") == null ? null : (Long) Values.integer(given.get("indent"));
        var separators = given.get("separators") instanceof List<?> pair && pair.size() == 2 ? pair
                : List.of(indent == null ? ", " : ",", ": ");
        return Writer.json(value, new Writer.Json(indent, Values.text(separators.get(0)),
                Values.text(separators.get(1)), Values.isTrue(given.get("ensure_ascii")),
                Values.isTrue(given.get("sort_keys"))), budget);
    }

    private static Object withDefault(Object value, Map<String, Object> given) {
        var replaced = value instanceof Values.Undefined
                || Values.isTrue(given.getOrDefault("boolean", false)) && !Values.isTrue(value);
        return replaced ? given.getOrDefault("default_value", "") : value;
    }

    private static Object whole(Object value, Map<String, Object> given) {
        if (value instanceof Long || value instanceof Boolean) {
            return Values.integer(value);
        } else if (value instanceof String text && !NUMBER.matcher(text.strip()).matches()) {
            return given.getOrDefault("default", 0L);
        }
        var number = value instanceof String text ? Double.parseDouble(text) : Values.real(value);
        if (!(Math.abs(number) < LARGEST)) {
            throw new TemplateException("'int' gives too large a number");
        }
        return (long) number;
    }

    private List<Object> sorted(List<Object> items) {
        items.forEach(item -> budget.spendOn(((List<?>) item).get(0)));
        items.sort(Comparator.comparing(item -> Values.text(((List<?>) item).get(0)).toLowerCase(Locale.ROOT)));
        return items;
    }

    private Object map(List<?> elements, Given given) {
        var mapped = new ArrayList<Object>();
        for (var element : elements) {
            if (given.positional().isEmpty()) {
                var named = given.as("attribute", "default");
                var value = access.path(element, Values.text(named.get("attribute")));
                mapped.add(value instanceof Values.Undefined && named.containsKey("default") ? named.get("default")
                        : value);
            } else {
                mapped.add(apply(Values.text(given.positional().get(0)), element, given.without(1)));
            }
        }
        return mapped;
    }

    private Object selected(List<?> elements, Given given, boolean byAttribute, boolean kept) {
        var names = given.positional();
        var first = byAttribute ? 1 : 0;
        if (names.size() < first) {
            throw new TemplateException("'selectattr' and 'rejectattr' need the attribute's name");
        }
        var selected = new ArrayList<Object>();
        for (var element : elements) {
            var value = byAttribute ? access.path(element, Values.text(names.get(0))) : element;
            var passes = names.size() <= first ? Values.isTrue(value)
                    : Tests.holds(Values.text(names.get(first)), value, given.without(first + 1), budget);
            if (passes == kept) {
                selected.add(element);
            }
        }
        return selected;
    }

    private static Object none(String which) {
        return new Values.Undefined("there is no " + which + " element");
    }

    private static Object nothing(Given given, Object result) {
        given.as();
        return result;
    }

    private static List<Object> items(Object value) {
        if (value instanceof Map<?, ?> map) {
            return Methods.items(map);
        }
        throw Values.unfit("list the items of", value);
    }
}
