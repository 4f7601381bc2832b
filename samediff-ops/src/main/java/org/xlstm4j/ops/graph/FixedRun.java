package org.xlstm4j.ops.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.BlasThreads;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.cuda.CudaReplay;

/**
 * A graph of {@link JavaOp}s that is run again and again over the same arrays, such as a decoding or a training step. All
 * arrays are made once, and what one no longer needs serves the next; a session's bookkeeping is left out, which takes
 * longer than a short op; on a GPU all launches are recorded and go out as one. For use by the thread that made it.
 */
public final class FixedRun implements AutoCloseable {
    private final Map<String, INDArray> inputs;
    /** What runs do not write to, but others may: inputs, and the graph's variables. */
    private final List<INDArray> filled = new ArrayList<>();
    private final Feedback feedback;
    private final Map<String, INDArray> arrays = new HashMap<>();
    private final ArrayPool memory = new ArrayPool();
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

    private FixedRun(Map<String, INDArray> inputs, Feedback feedback) {
        this.inputs = Map.copyOf(inputs);
        this.feedback = feedback;
        arrays.putAll(inputs);
        inputs.forEach((name, array) -> {
            if (!feedback.inPlace().containsValue(name) && !feedback.exchanged().containsValue(name)) {
                filled.add(array);
            }
        });
    }

    /**
     * A run of what the outputs need; empty where that takes other ops than {@link JavaOp}s, reshapes, zeros, and
     * sums of two arrays of one shape and type.
     *
     * @param inputs  the placeholders' arrays, to be filled anew before each run where they change
     * @param outputs names of variables
     * @throws IllegalArgumentException if a placeholder has no array
     */
    public static Optional<FixedRun> of(SameDiff graph, Map<String, INDArray> inputs, Collection<String> outputs,
                                        Feedback feedback) {
        return FixedOps.of(graph, inputs.keySet(), outputs).flatMap(nodes -> {
            var run = new FixedRun(inputs, feedback);
            var done = FixedOps.lastTouched(nodes, run.kept(outputs));
            for (int i = 0; i < nodes.size(); i++) {
                if (!run.add(graph, nodes.get(i))) {
                    return Optional.empty();
                }
                done.get(i).forEach(name -> run.memory.giveBack(run.arrays.get(name)));
            }
            run.makeTurns();
            return Optional.of(run);
        });
    }

    private Set<String> kept(Collection<String> outputs) {
        var kept = new HashSet<>(outputs);
        kept.addAll(feedback.inPlace().keySet());
        kept.addAll(feedback.exchanged().keySet());
        return kept;
    }

    private void makeTurns() {
        turns.add(new Turn(calls));
        if (!feedback.exchanged().isEmpty()) {
            turns.add(new Turn(exchanged()));
        }
    }

    /** Adds a node's call; false where it is a sum of arrays that differ, or of many numbers. */
    private boolean add(SameDiff graph, FixedOps.Node node) {
        var from = node.inputs().stream().map(name -> arrays.computeIfAbsent(name, of -> given(graph, of))).toList();
        if (node.op() == null) {
            var constant = node.constant(from);
            constant.ifPresent(array -> arrays.put(node.outputs().get(0), array));
            return constant.isPresent();
        }
        if (node.op() instanceof SumOp && !SumOp.takes(from)) {
            return false;
        }
        calls.add(new Call(node.op(), from, outputs(node, from)));
        return true;
    }

    private INDArray given(SameDiff graph, String name) {
        var variable = graph.getVariable(name);
        var array = variable.getArr();
        if (array == null) {
            throw new IllegalArgumentException("the placeholder " + name + " has no array");
        }
        if (variable.getVariableType() == VariableType.VARIABLE) {
            filled.add(array);
        }
        return array;
    }

    private List<INDArray> outputs(FixedOps.Node node, List<INDArray> from) {
        var shapes = node.op().outputShapes(from);
        var types = node.op().outputTypes(from.stream().map(INDArray::dataType).toList());
        var to = new ArrayList<INDArray>();
        for (int i = 0; i < shapes.size(); i++) {
            var name = node.outputs().get(i);
            var target = feedback.inPlace().get(name);
            var array = target != null ? inputs.get(target) : memory.take(types.get(i), shapes.get(i));
            arrays.put(name, array);
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
        if (JavaOp.isOnCpu()) {
            BlasThreads.run(turn::call);
        } else if (runs == 0) {
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
     * What the latest run computed, one of the outputs that it was made for: an array that a later run writes to. To be
     * asked for anew after every run, for ND4J does not learn otherwise that a GPU has written to it.
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

    /**
     * Frees the arrays that it made, but for one output's: nobody may use them any more, nor run it. Otherwise they are
     * left to the garbage collector, which does not know how large they are. On a GPU, where launches may be on their
     * way, they are so in any case.
     */
    public void free(String kept) {
        if (JavaOp.isOnCpu()) {
            memory.made().stream().filter(array -> array.data() != arrays.get(kept).data()).forEach(INDArray::close);
        }
    }

    @Override
    public void close() {
        turns.stream().filter(turn -> turn.replay != null).forEach(turn -> turn.replay.close());
    }
}
