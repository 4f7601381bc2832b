package org.xlstm4j.ops.graph;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.autodiff.samediff.internal.SessionMemMgr;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A SameDiff session that works out once which ops a set of outputs needs. A stock session does so at every call, and
 * visits an op once for each path that leads to it: its time and garbage grow with the paths, exponentially where they
 * part and meet again.
 */
public final class PlannedSession extends InferenceSession {
    private final Map<Set<String>, Plan> plans = new HashMap<>();

    private PlannedSession(SameDiff graph) {
        super(graph);
        setMmgr(new ArrayCache());
    }

    /** Makes runs of the graph on this thread planned ones, from now on. */
    public static void use(SameDiff graph) {
        graph.getSessions().compute(Thread.currentThread().getId(), (thread, session) ->
                session instanceof PlannedSession ? session : new PlannedSession(graph));
    }

    /**
     * As {@link #use}, for a graph that one thread at a time runs: its one session goes from thread to thread. Otherwise
     * each thread that ever ran the graph leaves a session in it, with the arrays that it keeps to write into again.
     */
    public static void takeOver(SameDiff graph) {
        var sessions = graph.getSessions();
        long thread = Thread.currentThread().getId();
        if (sessions.size() == 1 && sessions.get(thread) instanceof PlannedSession) {
            return;
        }
        var session = sessions.values().stream().filter(PlannedSession.class::isInstance).findFirst()
                .orElseGet(() -> new PlannedSession(graph));
        sessions.clear();
        sessions.put(thread, session);
    }

    static void use(SameDiff graph, SessionMemMgr memory) {
        graph.getSessions().compute(Thread.currentThread().getId(), (thread, session) -> {
            if (session instanceof PlannedSession planned && planned.getMmgr() == memory) {
                return session;
            }
            var planned = new PlannedSession(graph);
            planned.setMmgr(memory);
            return planned;
        });
    }

    /**
     * Takes back outputs of an earlier run on this thread, for the next run to write into: allocating large arrays
     * anew takes longer than many ops do, above all on a GPU. Nobody may use them any more.
     *
     * @param outputs by name; those that are not a fused op's own array are left alone
     */
    public static void recycle(SameDiff graph, Map<String, INDArray> outputs) {
        if (graph.getSessions().get(Thread.currentThread().getId()) instanceof PlannedSession session) {
            outputs.forEach((name, array) -> {
                // What stock ops return may share memory with arrays that are in use.
                if (graph.getVariableOutputOp(name) instanceof JavaOp && !array.isView()) {
                    session.getMmgr().release(array);
                }
            });
        }
    }

    /** What a set of outputs needs, in a graph of so many ops. */
    private record Plan(int graphOps, Set<String> variables, Set<String> ops, Set<String> opsWithoutInputs) {
    }

    @Override
    protected void initSubgraph(Set<String> variables) {
        var plan = plans.get(variables);
        if (plan != null && plan.graphOps() == sameDiff.getOps().size()) {
            subgraph.addAll(plan.variables());
            subgraphOps.addAll(plan.ops());
            zeroInputOpsInSubgraph.addAll(plan.opsWithoutInputs());
            return;
        }
        inputsFirst(variables);
        plans.put(Set.copyOf(variables), new Plan(sameDiff.getOps().size(), Set.copyOf(subgraph),
                Set.copyOf(subgraphOps), Set.copyOf(zeroInputOpsInSubgraph)));
    }

    /** The stock search stops at what it has found before: given inputs before outputs, it visits each once. */
    private void inputsFirst(Set<String> variables) {
        var seen = new HashSet<String>();
        var open = new ArrayDeque<Visit>();
        for (var variable : variables) {
            visit(variable, seen, open);
            while (!open.isEmpty()) {
                var last = open.peek();
                if (last.inputs().hasNext()) {
                    visit(last.inputs().next(), seen, open);
                } else {
                    super.initSubgraph(Collections.singleton(last.variable()));
                    open.pop();
                }
            }
        }
    }

    /** A variable whose inputs are being visited. */
    private record Visit(String variable, Iterator<String> inputs) {
    }

    private void visit(String variable, Set<String> seen, ArrayDeque<Visit> open) {
        if (seen.add(variable)) {
            var op = sameDiff.getVariableOutputOp(variable);
            var inputs = op == null ? null : sameDiff.getInputsForOp(op);
            open.push(new Visit(variable, inputs == null ? Collections.emptyIterator() : List.of(inputs).iterator()));
        }
    }
}
