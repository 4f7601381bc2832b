package org.xlstm4j.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code value.name}, {@code value[index]} and slices; what is not there is undefined. */
final class Access {
    private final Budget budget;

    Access(Budget budget) {
        this.budget = budget;
    }

    /** A method, else an element by that name. */
    Object attribute(Object target, String name) {
        requireDefined(target);
        var method = target instanceof String text ? Methods.of(text, name, budget)
                : target instanceof Map<?, ?> map ? Methods.of(map, name, budget) : null;
        return method != null ? method : item(target, name);
    }

    /** Attributes of attributes, between dots. */
    Object path(Object target, String names) {
        var value = target;
        for (var name : names.split("\\.")) {
            value = attribute(value, name);
        }
        return value;
    }

    Object item(Object target, Object index) {
        requireDefined(target);
        if (target instanceof Map<?, ?> map && map.containsKey(Values.key(index))) {
            return map.get(index);
        } else if (target instanceof Values.Namespace space && space.attributes().containsKey(Values.key(index))) {
            return space.attributes().get(index);
        } else if (index instanceof Long position && target instanceof List<?> list) {
            var at = position < 0 ? position + list.size() : position;
            if (at >= 0 && at < list.size()) {
                return list.get((int) at);
            }
        } else if (index instanceof Long position && target instanceof String text) {
            var at = position < 0 ? position + Values.length(text) : position;
            budget.spendOn(text);
            if (at >= 0 && at < Values.length(text)) {
                return Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) at)));
            }
        }
        return new Values.Undefined("a " + Values.type(target) + " has no '" + Writer.text(index, budget) + "'");
    }

    Object slice(Object target, Long from, Long to, Long step) {
        requireDefined(target);
        budget.spendOn(target);
        if (target instanceof String text) {
            var points = text.codePoints().toArray();
            var sliced = Strings.sliced(points.length, from, to, step);
            for (int i = 0; i < sliced.length; i++) {
                sliced[i] = points[sliced[i]];
            }
            return new String(sliced, 0, sliced.length);
        } else if (target instanceof List<?> list) {
            var sliced = new ArrayList<Object>();
            for (var i : Strings.sliced(list.size(), from, to, step)) {
                sliced.add(list.get(i));
            }
            return target instanceof Tuple ? new Tuple(sliced) : sliced;
        }
        throw Values.unfit("slice", target);
    }

    private static void requireDefined(Object target) {
        if (target instanceof Values.Undefined undefined) {
            throw new TemplateException(undefined.problem());
        }
    }
}
