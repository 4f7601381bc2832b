package org.xlstm4j.cli;

import org.xlstm4j.checkpoint.ImportOptions;
import picocli.CommandLine.Option;

/** The options of commands that read a teacher: which differences from its config.json are let pass. */
final class ImportFlags {
    @Option(names = "--allow-missing",
            description = "Let tensors be missing: norm weights are 1 then, all others 0; a warning names them.")
    private boolean allowMissing;

    @Option(names = "--ignore-unexpected",
            description = "Let there be tensors that the model has not, which are not read; a warning names them.")
    private boolean ignoreUnexpected;

    ImportOptions options() {
        return new ImportOptions(allowMissing, ignoreUnexpected);
    }
}
