package org.xlstm4j.ops.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.cuda.CudaReplay;

/**
 * A graph of {@link JavaOp}s alone that is run again and again over the same arrays, such as a decoding step. All arrays
 * are made once; a session's bookkeeping is left out, which takes longer than a short op; on a GPU all launches are
 * recorded and go out as one. For use by the thread that made it.
 */
public final class FixedRun implements AutoCloseable {
    private final Map<String, INDArray> inputs;
    /** The inputs that runs do not write to, but the caller may. */
    private final List<INDArray> filled;
    private final Feedback feedback;
    private final Map<String, INDArray> arrays = new HashMap<>();
    private final List<Call> calls = new ArrayList<>();
    /** By identity: INDArray's own equality compares elements. */
    private final Set<INDArray> written = Collections.newSetFromMap(new IdentityHashMap<>());
    /** A run's own, and where outputs become inputs, that of every other run. */
    private final List<Turn> turns = new ArrayList<>();
    private int runs;

    /**
     * Outputs that are placeholders of the next run, the placeholder by the output's name.
     *
     * @param inPlace   written into the placeholder's array, where the op allows it
     * @param exchanged written elsewhere: the two arrays change places after each run
     */
    public record Feedback(Map<String, String> inPlace, Map<String, String> exchanged) {
        /** None. */
        public static final Feedback NONE = new Feedback(Map.of(), Map.of());
    }

    /** One op with its arrays. */
    private record Call(JavaOp op, List<INDArray> inputs, List<INDArray> outputs) {
    }

    /** The calls of a run, and on a GPU their recording once there is one. */
    private static final class Turn {
        private final List<Call> calls;
        private CudaReplay replay;

        Turn(List<Call> calls) {
            this.calls = calls;
        }

        void call() {
            calls.forEach(call -> call.op().compute(call.inputs(), call.outputs()));
        }
    }

    /**
     * A run of what the outputs need.
     *
     * @param inputs  the placeholders' arrays, to be filled anew before each run where they change
     * @param outputs names of variables
     * @throws IllegalArgumentException if there are other ops than {@link JavaOp}s
     */
    public FixedRun(SameDiff graph, Map<String, INDArray> inputs, Collection<String> outputs, Feedback feedback) {
        this.inputs = Map.copyOf(inputs);
        this.feedback = feedback;
        arrays.putAll(inputs);
        outputs.forEach(output -> add(graph, output));
        filled = inputs.entrySet().stream().filter(input -> !feedback.inPlace().containsValue(input.getKey())
                && !feedback.exchanged().containsValue(input.getKey())).map(Map.Entry::getValue).toList();
        turns.add(new Turn(calls));
        if (!feedback.exchanged().isEmpty()) {
            turns.add(new Turn(exchanged()));
        }
    }

    /** Whether all that the outputs need is {@link JavaOp}s. */
    public static boolean isPossible(SameDiff graph, Collection<String> outputs) {
        var open = new ArrayList<>(outputs);
        var seen = new HashSet<String>();
        while (!open.isEmpty()) {
            var variable = open.remove(open.size() - 1);
            if (seen.add(variable)) {
                var op = graph.getVariableOutputOp(variable);
                if (op != null && !(op instanceof JavaOp)) {
                    return false;
                }
                if (op != null) {
                    open.addAll(List.of(graph.getInputsForOp(op)));
                }
            }
        }
        return true;
    }

    /** Adds the op that computes a variable, after those that it needs. */
    private void add(SameDiff graph, String variable) {
        if (arrays.containsKey(variable)) {
            return;
        }
        var op = graph.getVariableOutputOp(variable);
        if (op == null) {
            arrays.put(variable, given(graph, variable));
            return;
        }
        if (!(op instanceof JavaOp own)) {
            throw new IllegalArgumentException(variable + " is computed by " + op.opName()
                    + ", but a fixed run has fused ops alone");
        }
        var from = new ArrayList<INDArray>();
        for (var input : graph.getInputsForOp(op)) {
            add(graph, input);
            from.add(arrays.get(input));
        }
        calls.add(new Call(own, from, outputs(graph, own, from)));
    }

    private static INDArray given(SameDiff graph, String variable) {
        var array = graph.getVariable(variable).getArr();
        if (array == null) {
            throw new IllegalArgumentException("the placeholder " + variable + " has no array");
        }
        return array;
    }

    private List<INDArray> outputs(SameDiff graph, JavaOp op, List<INDArray> from) {
        var names = graph.getOutputsForOp(op);
        var shapes = op.outputShapes(from);
        var types = op.outputTypes(from.stream().map(INDArray::dataType).toList());
        var to = new ArrayList<INDArray>();
        for (int i = 0; i < names.length; i++) {
            var target = feedback.inPlace().get(names[i]);
            var array = target != null ? inputs.get(target)
                    : Nd4j.createUninitializedDetached(types.get(i), shapes.get(i));
            arrays.put(names[i], array);
            to.add(array);
        }
        written.addAll(to);
        return to;
    }

    /** The same calls with the arrays of exchanged outputs and placeholders in each other's place. */
    private List<Call> exchanged() {
        var other = new IdentityHashMap<INDArray, INDArray>();
        feedback.exchanged().forEach((output, placeholder) -> {
            other.put(arrays.get(output), inputs.get(placeholder));
            other.put(inputs.get(placeholder), arrays.get(output));
        });
        written.addAll(other.keySet());
        return calls.stream().map(call -> new Call(call.op(), exchanged(call.inputs(), other),
                exchanged(call.outputs(), other))).toList();
    }

    private static List<INDArray> exchanged(List<INDArray> arrays, Map<INDArray, INDArray> other) {
        return arrays.stream().map(array -> other.getOrDefault(array, array)).toList();
    }

    /** Computes the outputs from what the inputs' arrays hold. */
    public void run() {
        var turn = turns.get(runs % turns.size());
        // What is recorded must have run before: it compiles kernels and finds scratch memory.
        if (JavaOp.isOnCpu() || runs == 0) {
            turn.call();
        } else {
            CudaCall.upload(filled);
            if (turn.replay == null) {
                turn.replay = CudaReplay.record(turn::call);
            }
            turn.replay.launch();
        }
        runs++;
    }

    /**
     * What the latest run computed: an array that a later run writes to. To be asked for anew after every run, for ND4J
     * does not learn otherwise that a GPU has written to it.
     */
    public INDArray output(String name) {
        var placeholder = feedback.exchanged().get(name);
        var array = placeholder != null && runs % turns.size() == 0 ? inputs.get(placeholder) : arrays.get(name);
        if (!JavaOp.isOnCpu()) {
            CudaCall.written(List.of(array));
        }
        return array;
    }

    /** All arrays that runs write to. */
    public Collection<INDArray> written() {
        return Collections.unmodifiableSet(written);
    }

    @Override
    public void close() {
        turns.stream().filter(turn -> turn.replay != null).forEach(turn -> turn.replay.close());
    }
}
