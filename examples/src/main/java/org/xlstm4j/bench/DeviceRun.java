package org.xlstm4j.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.distill.train.LossGraph;
import org.xlstm4j.ops.graph.FixedRun;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * The fused ops of a case's graph alone, over arrays that stay: what stock ops put in between is computed once, and the
 * gradient that arrives at the first output is random.
 */
final class DeviceRun {

    private DeviceRun() {
    }

    static FixedRun of(OperatorCase of, Direction direction, DataType activations) {
        var in = new GraphInputs(activations);
        var outputs = of.outputs(in);
        var first = outputs.get(0);
        if (direction == Direction.FORWARD) {
            return run(in.sd(), in.feed(), Map.of());
        }
        var sd = in.sd();
        new LossGraph(first.sum(), trained(sd));
        var graph = sd.getFunction("grad");
        var given = new HashMap<String, INDArray>();
        if (sd.getVariableOutputOp(first.name()) instanceof JavaOp) {
            var shape = sd.output(in.feed(), first.name()).get(first.name()).shape();
            given.put(first.getGradient().name(), in.random(first.dataType(), shape));
        }
        return run(graph, in.feed(), given);
    }

    private static List<String> trained(SameDiff sd) {
        return sd.variables().stream().filter(variable -> variable.getVariableType() == VariableType.VARIABLE)
                .map(SDVariable::name).toList();
    }

    private static FixedRun run(SameDiff graph, Map<String, INDArray> feed, Map<String, INDArray> given) {
        var fused = graph.getOps().values().stream().filter(op -> op.getOp() instanceof JavaOp).toList();
        var outputs = new ArrayList<String>();
        Set<String> between = new LinkedHashSet<>();
        for (var op : fused) {
            outputs.addAll(op.getOutputsOfOp());
            op.getInputsToOp().stream().filter(input -> !given.containsKey(input) && isOfStockOp(graph, input))
                    .forEach(between::add);
        }
        var inputs = new HashMap<>(feed);
        inputs.putAll(given);
        if (!between.isEmpty()) {
            inputs.putAll(graph.output(feed, between.toArray(String[]::new)));
        }
        return FixedRun.of(graph, inputs, outputs, FixedRun.Feedback.NONE).orElseThrow();
    }

    private static boolean isOfStockOp(SameDiff graph, String variable) {
        var op = graph.getVariableOutputOp(variable);
        return op != null && !(op instanceof JavaOp);
    }
}
