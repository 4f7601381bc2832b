package org.xlstm4j.ops.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The ops that some variables of a graph need, in order: {@link JavaOp}s, and of the stock ops those that SameDiff's
 * gradients have between them, {@code add}, for which {@link SumOp} stands, {@code reshape}, {@code zeroslike} and a
 * scalar's {@code reduce_sum_bp}, which are no work.
 */
final class FixedOps {
    private static final String RESHAPE = "reshape";
    private static final String ADD = "add";
    private static final String ZEROS = "zeroslike";
    /** ND4J M1.1 sums up the loss, which is a scalar. */
    private static final String SUM_GRADIENT = "reduce_sum_bp";

    private final SameDiff graph;
    private final List<Node> nodes = new ArrayList<>();
    /** Variables that have a value, or will by the nodes so far. */
    private final Set<String> found = new HashSet<>();

    /**
     * An op.
     *
     * @param stock   as it stands in the graph
     * @param op      what computes it; null where the output is {@link #constant}
     * @param inputs  names of variables
     * @param outputs names of variables
     */
    record Node(DifferentialFunction stock, JavaOp op, List<String> inputs, List<String> outputs) {

        /** Whether the output lies in the memory of the last input. */
        boolean isView() {
            return op == null && !stock.opName().equals(ZEROS);
        }

        /** The output that is no work, an array of which only what its memory holds changes; empty if none is. */
        Optional<INDArray> constant(List<INDArray> inputs) {
            var first = inputs.get(0);
            return switch (stock.opName()) {
                case RESHAPE -> Optional.of(reshaped(first));
                case ZEROS -> Optional.of(Nd4j.zeros(first.dataType(), first.shape()));
                case SUM_GRADIENT -> first.isScalar() && inputs.get(1).isScalar() ? Optional.of(inputs.get(1))
                        : Optional.empty();
                default -> throw new IllegalStateException(stock.opName());
            };
        }

        /** A view where the elements lie in order. */
        private INDArray reshaped(INDArray array) {
            try (var context = Nd4j.getExecutioner().buildContext()) {
                context.setInputArray(0, array);
                context.setIArguments(((DynamicCustomOp) stock).iArgs());
                return array.reshape('c', Nd4j.getExecutioner().calculateOutputShape((DynamicCustomOp) stock, context)
                        .get(0).getShape());
            } catch (Exception e) {
                throw new IllegalStateException("the shape of " + outputs, e);
            }
        }
    }

    private FixedOps(SameDiff graph, Set<String> given) {
        this.graph = graph;
        found.addAll(given);
    }

    /**
     * The ops in order; empty where there are others than these.
     *
     * @param given variables that have a value
     */
    static Optional<List<Node>> of(SameDiff graph, Set<String> given, Collection<String> outputs) {
        var ops = new FixedOps(graph, given);
        return outputs.stream().allMatch(ops::add) ? Optional.of(ops.nodes) : Optional.empty();
    }

    /**
     * Adds the op that computes a variable, after those that it needs; false where it cannot. Not by recursion: deep
     * models would exhaust the stack.
     */
    private boolean add(String variable) {
        var open = new ArrayDeque<String>();
        open.push(variable);
        while (!open.isEmpty()) {
            var op = found.contains(open.peek()) ? null : graph.getVariableOutputOp(open.peek());
            var inputs = op == null ? List.<String>of() : List.of(graph.getInputsForOp(op));
            var missing = inputs.stream().filter(input -> !found.contains(input)).toList();
            if (op != null && !isPossible(op, inputs)) {
                return false;
            }
            if (missing.isEmpty()) {
                found.add(open.pop());
                if (op != null) {
                    addNode(op, inputs);
                }
            } else {
                missing.forEach(open::push);
            }
        }
        return true;
    }

    private static boolean isPossible(DifferentialFunction op, List<String> inputs) {
        return op instanceof JavaOp || switch (op.opName()) {
            case ADD, SUM_GRADIENT -> inputs.size() == 2;
            // A second input of a reshape would be the shape.
            case RESHAPE, ZEROS -> inputs.size() == 1;
            default -> false;
        };
    }

    private void addNode(DifferentialFunction op, List<String> inputs) {
        var own = op instanceof JavaOp java ? java : op.opName().equals(ADD) ? new SumOp() : null;
        var outputs = List.of(graph.getOutputsForOp(op));
        nodes.add(new Node(op, own, inputs, outputs));
        found.addAll(outputs);
    }

    /**
     * By node, the outputs that it is the last to touch, those to keep left out. A view is the variable that it shares
     * its memory with.
     */
    static List<List<String>> lastTouched(List<Node> nodes, Collection<String> kept) {
        var roots = new HashMap<String, String>();
        var last = new HashMap<String, Integer>();
        for (int i = 0; i < nodes.size(); i++) {
            int index = i;
            var node = nodes.get(i);
            node.inputs().forEach(input -> last.computeIfPresent(roots.getOrDefault(input, input),
                    (name, before) -> index));
            if (node.isView()) {
                var from = node.inputs().get(node.inputs().size() - 1);
                roots.put(node.outputs().get(0), roots.getOrDefault(from, from));
            } else if (node.op() != null) {
                node.outputs().forEach(output -> last.put(output, index));
            }
        }
        kept.forEach(name -> last.remove(roots.getOrDefault(name, name)));
        var touched = nodes.stream().map(node -> (List<String>) new ArrayList<String>()).toList();
        last.forEach((name, index) -> touched.get(index).add(name));
        return touched;
    }
}
