package org.xlstm4j.bench;

import java.util.List;
import java.util.concurrent.Callable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.distill.train.LossGraph;
import org.xlstm4j.ops.graph.JavaOp;

/** A case that is one operator: its graph is run the way training runs one. */
public interface OperatorCase extends Case {

    /** Builds the operator's graph; its outputs, of which the sum of the first is the loss in training. */
    List<SDVariable> outputs(GraphInputs in);

    @Override
    default Prepared prepare(Direction direction, DataType activations) {
        var in = new GraphInputs(activations);
        var outputs = outputs(in);
        var ops = List.copyOf(in.sd().getOps().values());
        return new Prepared(call(direction, in, outputs), ops.size(),
                ops.stream().anyMatch(op -> op.getOp() instanceof JavaOp));
    }

    private static Callable<?> call(Direction direction, GraphInputs in, List<SDVariable> outputs) {
        if (direction == Direction.FORWARD) {
            var names = outputs.stream().map(SDVariable::name).toArray(String[]::new);
            return () -> Closed.of(in.sd().output(in.feed(), names));
        }
        var graph = new LossGraph(outputs.get(0).sum(), trained(in.sd()));
        return () -> Closed.of(graph.run(in.feed()).values());
    }

    private static List<String> trained(SameDiff sd) {
        return sd.variables().stream().filter(variable -> variable.getVariableType()
                == VariableType.VARIABLE).map(SDVariable::name).toList();
    }
}
