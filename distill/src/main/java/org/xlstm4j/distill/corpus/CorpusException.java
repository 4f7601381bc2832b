package org.xlstm4j.distill.corpus;

import java.io.IOException;

/** Training text that cannot be used; {@link #reason()} says why. */
public final class CorpusException extends IOException {
    private static final long serialVersionUID = 1L;

    /** The reasons. */
    public enum Reason {
        /** A place has no files of text. */
        NO_FILES,
        /** A source has no document to learn from. */
        NO_DOCUMENTS,
        /** More lines than allowed are corrupt. */
        TOO_MANY_CORRUPT,
        /** A file is a git-LFS pointer instead of the text. */
        LFS_POINTER,
        /** A file ends before a place that was kept in it. */
        CHANGED,
        /** The tokenizer failed at a document. */
        TOKENIZER
    }

    private final Reason reason;

    CorpusException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    CorpusException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }
}
