package org.xlstm4j.layers;

import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.util.SameDiffUtils;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The factor by which the running ND4J multiplies gradients that enter a SameDiff graph from outside. */
final class ExternalErrors {
    /**
     * 1 where ND4J is right; 2 on 1.0.0-M2.1, whose ExternalErrorsFunction both registers the incoming gradient and
     * returns it to a caller that adds it once more.
     */
    static final double FACTOR = measure();

    private ExternalErrors() {}

    /** dy/dw of y = w·x at x = 1 under an external gradient of 1, which is the factor itself. */
    private static double measure() {
        try (MemoryWorkspace ignored = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            var graph = SameDiff.create();
            var x = graph.placeHolder("x", DataType.DOUBLE, 1, 1);
            var w = graph.var("w", Nd4j.ones(DataType.DOUBLE, 1, 1));
            var external = SameDiffUtils.externalErrors(graph, null, x.mul("y", w));
            external.outputVariable();
            graph.createGradFunction("x");
            INDArray one = Nd4j.ones(DataType.DOUBLE, 1, 1);
            return graph.calculateGradients(Map.of("x", one, external.getGradPlaceholderName(), one), "w")
                    .get("w").getDouble(0);
        }
    }
}
