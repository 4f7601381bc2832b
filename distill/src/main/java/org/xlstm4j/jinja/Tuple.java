package org.xlstm4j.jinja;

import java.util.AbstractList;
import java.util.List;

/** Python's tuple: a list but for how it looks and what it equals. */
final class Tuple extends AbstractList<Object> {
    private final List<?> elements;

    Tuple(List<?> elements) {
        this.elements = elements;
    }

    @Override
    public Object get(int index) {
        return elements.get(index);
    }

    @Override
    public int size() {
        return elements.size();
    }
}
