package org.xlstm4j.cli;

import sun.misc.Signal;
import sun.misc.SignalHandler;

/** Ctrl-C as a wish that can be asked for, while something heeds it; otherwise it ends the program as ever. */
final class Interrupt implements AutoCloseable {
    private static final Signal SIGNAL = new Signal("INT");

    /** What took Ctrl-C before, or null where the system does not let it be taken. */
    private final SignalHandler before;
    private volatile boolean heeded;
    private volatile boolean set;

    private Interrupt() {
        this.before = handle(this::take);
    }

    private static SignalHandler handle(SignalHandler handler) {
        try {
            return Signal.handle(SIGNAL, handler);
        } catch (IllegalArgumentException taken) {
            // The JVM was told to leave signals alone (-Xrs): Ctrl-C ends the program then.
            return null;
        }
    }

    /** Takes what Ctrl-C sends from here on, where the system lets it. */
    static Interrupt catching() {
        return new Interrupt();
    }

    private void take(Signal signal) {
        if (heeded) {
            set = true;
        } else {
            before.handle(signal);
        }
    }

    /** From here on it is heeded, and not wished for yet. */
    void clear() {
        set = false;
        heeded = true;
    }

    boolean isSet() {
        return set;
    }

    /** From here on it is not heeded. */
    void release() {
        heeded = false;
    }

    /** Gives Ctrl-C back. */
    @Override
    public void close() {
        if (before != null) {
            Signal.handle(SIGNAL, before);
        }
    }
}
