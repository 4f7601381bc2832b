package org.xlstm4j.checkpoint;

/**
 * Which differences between a checkpoint's tensors and the parameters that its config.json asks for are let pass.
 *
 * @param allowMissing     whether parameters may lack a tensor; norm weights are 1 then, all others 0
 * @param ignoreUnexpected whether there may be tensors that are no parameter; they are not read
 */
public record ImportOptions(boolean allowMissing, boolean ignoreUnexpected) {
    /** None at all. */
    public static final ImportOptions STRICT = new ImportOptions(false, false);

    /** The same, with parameters that may lack a tensor. */
    public ImportOptions allowingMissing() {
        return new ImportOptions(true, ignoreUnexpected);
    }

    /** The same, with tensors that may be no parameter. */
    public ImportOptions ignoringUnexpected() {
        return new ImportOptions(allowMissing, true);
    }
}
