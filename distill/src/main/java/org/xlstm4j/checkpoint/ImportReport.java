package org.xlstm4j.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.ParameterNames;

/**
 * How a checkpoint's tensors meet the parameters that its config.json asks for.
 *
 * @param loaded     names that are there with the right shape
 * @param missing    parameters without a tensor
 * @param unexpected tensors that are no parameter
 * @param mismatched parameters whose tensor has another shape, with both, and a tied head that is not the embedding
 * @param options    what is let pass
 */
public record ImportReport(List<String> loaded, List<String> missing, List<String> unexpected,
                           List<String> mismatched, ImportOptions options) {
    /** Tensors that old checkpoints carry and the configuration already gives. */
    private static final Pattern BUFFERS = Pattern.compile(".*\\.rotary_emb\\.inv_freq");

    public ImportReport {
        loaded = List.copyOf(loaded);
        missing = List.copyOf(missing);
        unexpected = List.copyOf(unexpected);
        mismatched = List.copyOf(mismatched);
    }

    /** Holds headers, and both ends of a tied head if there are two, against a configuration. */
    static ImportReport of(Weights weights, ModelConfig config, ImportOptions options) throws IOException {
        var loaded = new ArrayList<String>();
        var missing = new ArrayList<String>();
        var mismatched = new ArrayList<String>();
        var parameters = config.parameterShapes();
        for (var entry : parameters.entrySet()) {
            var name = entry.getKey();
            if (!weights.names().contains(name)) {
                missing.add(name);
                continue;
            }
            var info = weights.info(name);
            if (!info.dtype().isFloat() || !Arrays.equals(info.shape(), entry.getValue())) {
                mismatched.add(name + " is " + info.dtype() + " " + Arrays.toString(info.shape()) + " instead of "
                        + Arrays.toString(entry.getValue()));
            } else {
                loaded.add(name);
            }
        }
        var unexpected = new ArrayList<>(weights.names());
        unexpected.removeAll(parameters.keySet());
        unexpected.removeIf(BUFFERS.asMatchPredicate());
        if (config.tiedHead() && unexpected.remove(ParameterNames.HEAD)
                && loaded.contains(ParameterNames.EMBEDDING)
                && !weights.sameBytes(ParameterNames.HEAD, ParameterNames.EMBEDDING)) {
            mismatched.add(ParameterNames.HEAD + " differs from the embedding that it should be tied to");
        }
        return new ImportReport(loaded, missing, unexpected, mismatched, options);
    }

    /** Whether the tensors are exactly the parameters. */
    public boolean isExact() {
        return missing.isEmpty() && mismatched.isEmpty() && unexpected.isEmpty();
    }

    /** Whether the options let all differences pass; they never let a mismatch pass. */
    public boolean isAccepted() {
        return mismatched.isEmpty() && (missing.isEmpty() || options.allowMissing())
                && (unexpected.isEmpty() || options.ignoreUnexpected());
    }

    /** Every difference, in one line, and of each kind whether it is let pass; empty where there is none. */
    public String problems() {
        var problems = new ArrayList<String>();
        describe("missing", missing, options.allowMissing() ? " (allowed; norm weights are 1, others 0)" : "",
                problems);
        describe("unexpected", unexpected, options.ignoreUnexpected() ? " (ignored)" : "", problems);
        describe("mismatched", mismatched, "", problems);
        return String.join("; ", problems);
    }

    private static void describe(String what, List<String> names, String passed, List<String> problems) {
        if (!names.isEmpty()) {
            problems.add(names.size() + " " + what + passed + ": " + String.join(", ", names));
        }
    }
}
