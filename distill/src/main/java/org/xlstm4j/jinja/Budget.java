package org.xlstm4j.jinja;

import java.util.List;
import java.util.Map;

/** The work that a rendering may still do, in steps and in characters read or written; bounds its memory too. */
final class Budget {
    private static final long WORK = 10_000_000;
    private static final int READINGS = 50;
    private static final int ELEMENT = 8;
    private static final int AT_ONCE = 64;

    private long left = WORK;

    /** Lets a variable that the caller gives be read many times over, so that long conversations do not fail. */
    void allow(Object variable) {
        left += READINGS * cost(variable);
    }

    void spend(long work) {
        left -= Math.min(work, left + 1);
        if (left < 0) {
            throw new TemplateException("the template takes too long or writes too much");
        }
    }

    /** Spends what reading or copying {@code value} takes, without what its elements hold. */
    void spendOn(Object value) {
        spend(cost(value));
    }

    /** Spends what seeking {@code part} everywhere in {@code text} may take. */
    void spendOnSearch(String text, String part) {
        spend((1L + text.length()) * (1 + part.length() / AT_ONCE));
    }

    static long cost(Object value) {
        return value instanceof String text ? 1 + text.length()
                : value instanceof List<?> list ? 1 + ELEMENT * (long) list.size()
                : value instanceof Map<?, ?> map ? 1 + ELEMENT * (long) map.size() : 1;
    }
}
