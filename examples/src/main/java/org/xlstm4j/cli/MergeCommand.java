package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.xlstm4j.merge.Coefficients;
import org.xlstm4j.merge.LinearMerge;
import org.xlstm4j.merge.Merge;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code merge}: the weighted mean of experts, a tensor at a time. */
@Command(name = "merge", description = "Merge experts into one model.")
final class MergeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "EXPERT", arity = "1..*", description = "The experts' folders.")
    private List<Path> experts;

    @Option(names = "--out", required = true, paramLabel = "FOLDER", description = "The merged folder, to create.")
    private Path out;

    @Option(names = "--weights", paramLabel = "L1,L2,...",
            description = "A coefficient an expert, with a sum of 1 (default: all the same).")
    private String weights;

    @Override
    public Integer call() throws IOException {
        var merge = linear();
        Outputs.requireFree(out);
        Merge.checkpoints(experts, out, merge);
        Console.of(spec).line("%s: %d experts with coefficients %s", out, experts.size(), merge.coefficients());
        return 0;
    }

    private LinearMerge linear() {
        try {
            var merge = new LinearMerge(
                    weights == null ? Coefficients.uniform(experts.size()) : Coefficients.parse(weights));
            merge.requireExperts(experts.size());
            return merge;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
