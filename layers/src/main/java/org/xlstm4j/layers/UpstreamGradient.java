package org.xlstm4j.layers;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ops.impl.layers.ExternalErrorsFunction;

/**
 * The way of the gradient from the layer above into a graph: g is a placeholder, and the loss is Σ y ⊙ g, whose
 * gradient by the output y is g itself.
 *
 * <p>It stands in for ND4J's ExternalErrorsFunction, which on 1.0.0-M2.1 enters the gradient twice, and on any release
 * is not looked for where a variable that nothing reads could be the loss.
 */
final class UpstreamGradient extends ExternalErrorsFunction {
    private static final String PLACEHOLDER = "upstream-gradient";

    /** Makes Σ y ⊙ g the loss of the graph. */
    UpstreamGradient(SameDiff graph, SDVariable output) {
        var gradient = graph.placeHolder(PLACEHOLDER, output.dataType());
        graph.setLossVariables(output.mul(gradient).sum());
    }

    @Override
    public String getGradPlaceholderName() {
        return PLACEHOLDER;
    }
}
