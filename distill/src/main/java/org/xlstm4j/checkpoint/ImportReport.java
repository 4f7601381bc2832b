package org.xlstm4j.checkpoint;

import java.util.ArrayList;
import java.util.List;

/**
 * How a checkpoint's tensors meet the parameters that its config.json asks for.
 *
 * @param loaded     names that are there with the right shape
 * @param missing    parameters without a tensor
 * @param unexpected tensors that are no parameter
 * @param mismatched parameters whose tensor has another shape, with both, and a tied head that is not the embedding
 */
public record ImportReport(List<String> loaded, List<String> missing, List<String> unexpected,
                           List<String> mismatched) {
    public ImportReport {
        loaded = List.copyOf(loaded);
        missing = List.copyOf(missing);
        unexpected = List.copyOf(unexpected);
        mismatched = List.copyOf(mismatched);
    }

    /** Whether every parameter has its tensor; tensors that are no parameter do not count. */
    public boolean isComplete() {
        return missing.isEmpty() && mismatched.isEmpty();
    }

    /** Whether the tensors are exactly the parameters. */
    public boolean isExact() {
        return isComplete() && unexpected.isEmpty();
    }

    /** Everything that is wrong, in one line. */
    public String problems() {
        var problems = new ArrayList<String>();
        describe("missing", missing, problems);
        describe("unexpected", unexpected, problems);
        describe("mismatched", mismatched, problems);
        return String.join("; ", problems);
    }

    private static void describe(String what, List<String> names, List<String> problems) {
        if (!names.isEmpty()) {
            problems.add(names.size() + " " + what + ": " + String.join(", ", names));
        }
    }
}
