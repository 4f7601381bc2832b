package org.xlstm4j.distill.train;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.graph.FixedRun;
import org.xlstm4j.ops.graph.FixedRun.Feedback;

/** A fixed run with arrays of its own for what it is fed with. */
final class FixedFeed implements AutoCloseable {
    private final Map<String, INDArray> inputs;
    private final Collection<String> outputs;
    private final FixedRun run;
    private final Thread thread = Thread.currentThread();

    private FixedFeed(Map<String, INDArray> inputs, Collection<String> outputs, FixedRun run) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.run = run;
    }

    /** For feeds like this one; empty where the graph needs a session. */
    static Optional<FixedFeed> of(SameDiff graph, Map<String, INDArray> feed, Collection<String> outputs) {
        var inputs = new HashMap<String, INDArray>();
        feed.forEach((name, array) -> inputs.put(name, array.dup('c')));
        return FixedRun.of(graph, inputs, outputs, Feedback.NONE).map(run -> new FixedFeed(inputs, outputs, run));
    }

    /** Whether this thread can run it with a feed: one of the same shapes. */
    boolean takes(Map<String, INDArray> feed) {
        return thread == Thread.currentThread() && feed.keySet().equals(inputs.keySet())
                && feed.entrySet().stream().allMatch(entry -> Arrays.equals(entry.getValue().shape(),
                inputs.get(entry.getKey()).shape()));
    }

    /** The outputs, in arrays that the next run overwrites. */
    Map<String, INDArray> run(Map<String, INDArray> feed) {
        feed.forEach((name, array) -> inputs.get(name).assign(array));
        run.run();
        var values = new LinkedHashMap<String, INDArray>();
        outputs.forEach(name -> values.put(name, run.output(name)));
        return values;
    }

    @Override
    public void close() {
        run.close();
    }
}
