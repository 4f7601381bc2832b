package org.xlstm4j.jinja;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** The values given to a call. */
record Given(List<Object> positional, Map<String, Object> named) {
    static final Given NOTHING = new Given(List.of(), Map.of());

    /** The values by the {@code names} of what the callee takes; those not given are not there. */
    Map<String, Object> as(String... names) {
        if (positional.size() > names.length) {
            throw new TemplateException("at most " + names.length + " arguments are taken here, not "
                    + positional.size());
        }
        var bound = new HashMap<String, Object>();
        for (int i = 0; i < positional.size(); i++) {
            bound.put(names[i], positional.get(i));
        }
        var known = new HashSet<>(List.of(names));
        named.forEach((name, value) -> {
            if (!known.contains(name) || bound.containsKey(name)) {
                throw new TemplateException("the argument '" + name + "' is not supported here, or is given twice");
            }
            bound.put(name, value);
        });
        return bound;
    }

    /** The only argument, which must be there. */
    Object only(String name) {
        var bound = as(name);
        if (bound.isEmpty()) {
            throw new TemplateException("the argument '" + name + "' is missing");
        }
        return bound.get(name);
    }

    Given without(int first) {
        return new Given(positional.subList(Math.min(first, positional.size()), positional.size()), named);
    }
}
