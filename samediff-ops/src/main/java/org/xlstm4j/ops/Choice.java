package org.xlstm4j.ops;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A setting that the building of graphs looks at: what is said for the calling thread, or else by a system property, or
 * else what is usual.
 *
 * @param <E> what there is to choose from
 */
final class Choice<E extends Enum<E>> {
    private final String property;
    private final E usual;
    private final ThreadLocal<E> ofThread = new ThreadLocal<>();

    Choice(String property, E usual) {
        this.property = property;
        this.usual = usual;
    }

    /** What {@code build} makes while {@code chosen} is said for this thread. */
    <T> T with(E chosen, Supplier<T> build) {
        var outer = ofThread.get();
        ofThread.set(chosen);
        try {
            return build.get();
        } finally {
            if (outer == null) {
                ofThread.remove();
            } else {
                ofThread.set(outer);
            }
        }
    }

    /** What is asked for. */
    E wanted() {
        var own = ofThread.get();
        return own != null ? own : parse(System.getProperty(property, usual.name()));
    }

    private E parse(String name) {
        var all = usual.getDeclaringClass().getEnumConstants();
        return Arrays.stream(all).filter(one -> one.name().equals(name.toUpperCase(Locale.ROOT))).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(property + " must be " + Arrays.stream(all)
                        .map(one -> one.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining(", "))
                        + ", was \"" + name + "\""));
    }
}
