package org.xlstm4j.bench.inference;

import java.util.Locale;

/** Who is measured. */
public enum Subject {
    /** Softmax attention, with a cache that grows. */
    TEACHER,
    /** The hybrid mixer, with a state of one size. */
    STUDENT,
    /** The peer, running the teacher's checkpoint. */
    JLAMA;

    /** Its name for the eye and in files. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
