package org.xlstm4j.distill.evaluate;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.xlstm4j.distill.data.JsonLinesException;

/** Lines of task files that cannot be used; the message lists the first few, each as {@code FILE:LINE: what is wrong}. */
public final class TaskFileException extends IOException {
    private static final long serialVersionUID = 1L;
    private static final int LISTED = 5;

    private final transient List<JsonLinesException> faults;

    private TaskFileException(List<JsonLinesException> faults) {
        super(message(faults), faults.get(0));
        this.faults = List.copyOf(faults);
    }

    static void refuse(List<JsonLinesException> faults) throws TaskFileException {
        if (!faults.isEmpty()) {
            throw new TaskFileException(faults);
        }
    }

    private static String message(List<JsonLinesException> faults) {
        var listed = faults.stream().limit(LISTED).map(Throwable::getMessage).collect(Collectors.joining("; "));
        return faults.size() > LISTED ? listed + "; and " + (faults.size() - LISTED) + " lines more" : listed;
    }

    /** What is wrong with every line, in the order of the files. */
    public List<JsonLinesException> faults() {
        return faults;
    }
}
