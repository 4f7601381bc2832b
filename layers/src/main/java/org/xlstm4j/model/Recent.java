package org.xlstm4j.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** Things made when asked for, of which those asked for last are kept: graphs for lengths, which come in any number. */
final class Recent<K, V> {
    private static final int MOST = 64;
    private static final float LOAD = 0.75f;

    private final Map<K, V> things = new LinkedHashMap<>(MOST, LOAD, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > MOST;
        }
    };

    V get(K key, Function<K, V> make) {
        return things.computeIfAbsent(key, make);
    }
}
