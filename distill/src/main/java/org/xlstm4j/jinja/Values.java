package org.xlstm4j.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The values there are, and what Python's operators make of them: null, booleans, longs, doubles, strings, lists, maps
 * and the types here.
 */
final class Values {

    /** What a name without a value has: false, empty, and an error if more is asked of it. */
    record Undefined(String problem) { }

    /** Attributes that a template may set. */
    record Namespace(Map<String, Object> attributes) { }

    /** What can be called. */
    @FunctionalInterface
    interface Function {
        Object call(Given given);
    }

    private Values() {
    }

    /** A caller's value, copied, so that a template cannot reach anything else. */
    static Object of(Object value, Budget budget) {
        budget.allow(value);
        if (value == null || value instanceof Boolean || value instanceof String || value instanceof Long
                || value instanceof Double) {
            return value;
        } else if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        } else if (value instanceof Float number) {
            return number.doubleValue();
        } else if (value instanceof Collection<?> elements) {
            return elements.stream().map(element -> of(element, budget))
                    .collect(Collectors.toCollection(ArrayList::new));
        } else if (value instanceof Map<?, ?> map) {
            var copy = new LinkedHashMap<Object, Object>();
            map.forEach((key, element) -> copy.put(key(of(key, budget)), of(element, budget)));
            return copy;
        }
        throw new IllegalArgumentException("a template takes null, booleans, numbers, strings, lists and maps, not a "
                + value.getClass().getName());
    }

    /** Python's name of a value's type. */
    static String type(Object value) {
        return value == null ? "None" : value instanceof Boolean ? "bool" : value instanceof Long ? "int"
                : value instanceof Double ? "float" : value instanceof String ? "str" : value instanceof Tuple ? "tuple"
                : value instanceof List ? "list"
                : value instanceof Map ? "dict" : value instanceof Undefined ? "undefined"
                : value instanceof Namespace ? "namespace" : "function";
    }

    static boolean isTrue(Object value) {
        return value instanceof Boolean flag ? flag : value instanceof Long number ? number != 0
                : value instanceof Double number ? number != 0 : value instanceof String text ? !text.isEmpty()
                : value instanceof List<?> list ? !list.isEmpty() : value instanceof Map<?, ?> map ? !map.isEmpty()
                : value != null && !(value instanceof Undefined);
    }

    static long length(Object value) {
        return value instanceof String text ? text.codePointCount(0, text.length())
                : value instanceof Map<?, ?> map ? map.size() : value instanceof List<?> list ? list.size()
                : elements(value).size();
    }

    /** What a loop over {@code value} meets. */
    static List<?> elements(Object value) {
        if (value instanceof List<?> list) {
            return list;
        } else if (value instanceof Map<?, ?> map) {
            return new ArrayList<>(map.keySet());
        } else if (value instanceof String text) {
            return text.codePoints().mapToObj(Character::toString).toList();
        } else if (value instanceof Undefined) {
            return List.of();
        }
        throw unfit("go through", value);
    }

    /** Deep, as {@code ==}; a boolean equals the number it stands for. */
    static boolean equal(Object left, Object right, Budget budget) {
        budget.spend(1);
        if (isNumber(left) && isNumber(right)) {
            return compare(left, right) == 0;
        } else if (left instanceof List<?> some && right instanceof List<?> others) {
            return some.size() == others.size() && some instanceof Tuple == others instanceof Tuple
                    && IntStream.range(0, some.size()).allMatch(i -> equal(some.get(i), others.get(i), budget));
        } else if (left instanceof Map<?, ?> some && right instanceof Map<?, ?> others) {
            return some.size() == others.size() && some.entrySet().stream().allMatch(entry ->
                    others.containsKey(entry.getKey())
                            && equal(entry.getValue(), others.get(entry.getKey()), budget));
        } else if (left instanceof Undefined && right instanceof Undefined) {
            return true;
        }
        budget.spendOn(left instanceof String ? left : null);
        return left == right || left instanceof String && left.equals(right);
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    static int compare(Object left, Object right) {
        if (left instanceof String some && right instanceof String other) {
            return some.compareTo(other);
        } else if (isNumber(left) && isNumber(right)) {
            return left instanceof Double || right instanceof Double ? Double.compare(real(left), real(right))
                    : Long.compare(integer(left), integer(right));
        }
        throw new TemplateException("a " + type(left) + " and a " + type(right) + " have no order");
    }

    static boolean contains(Object container, Object value, Budget budget) {
        if (container instanceof String text) {
            budget.spendOnSearch(text, text(value));
            return text.contains(text(value));
        } else if (container instanceof Map<?, ?> map) {
            return map.containsKey(key(value));
        }
        budget.spendOn(container);
        return elements(container).stream().anyMatch(element -> equal(element, value, budget));
    }

    /** {@code value}, which must be fit for a dict's key: lists and dicts are not, as in Python. */
    static Object key(Object value) {
        if (value == null || value instanceof String || isNumber(value)) {
            return value;
        }
        throw unfit("find by", value);
    }

    static String text(Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw new TemplateException("a str must stand where a " + type(value) + " is" + problem(value));
    }

    static long integer(Object value) {
        if (value instanceof Long number) {
            return number;
        } else if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        throw new TemplateException("an int must stand where a " + type(value) + " is" + problem(value));
    }

    static double real(Object value) {
        return value instanceof Double number ? number : integer(value);
    }

    static TemplateException unfit(String what, Object value) {
        return new TemplateException("cannot " + what + " a " + type(value) + problem(value));
    }

    static String problem(Object value) {
        return value instanceof Undefined undefined ? ": " + undefined.problem() : "";
    }
}
