package org.xlstm4j.distill.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The gradients of a step's batches, summed up where there are several, in arrays that stay. */
final class GradientSum {
    private final DistillationGraph graph;
    private final Map<String, INDArray> sums = new LinkedHashMap<>();
    /** The result of a step's only batch; null where there are several. */
    private LossGraph.Result only;
    private boolean empty = true;

    GradientSum(DistillationGraph graph) {
        this.graph = graph;
    }

    void add(LossGraph.Result result, boolean isOnly) {
        if (isOnly) {
            only = result;
            return;
        }
        result.gradients().forEach((name, gradient) -> {
            var sum = sums.get(name);
            if (sum == null) {
                sums.put(name, gradient.dup('c'));
            } else if (empty) {
                sum.assign(gradient);
            } else {
                sum.addi(gradient);
            }
        });
        empty = false;
        graph.recycle(result);
    }

    /** The sums, times a factor; used up by whoever takes them. */
    Map<String, INDArray> take(double factor) {
        var gradients = only == null ? sums : only.gradients();
        if (factor != 1) {
            gradients.values().forEach(gradient -> gradient.muli(factor));
        }
        return gradients;
    }

    /** Ends the step: the sums are zero. */
    void end() {
        if (only != null) {
            graph.recycle(only);
            only = null;
        }
        empty = true;
    }
}
