package org.xlstm4j.ops.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.graph.PlannedSession;

/**
 * A graph with placeholders whose leading axis is left open, run for its outputs and for the gradients of
 * Σ output ⊙ upstream. Arrays of any floating-point type go in; all are cast to the graph's type.
 */
public final class GraphUnderTest {
    private final SameDiff sd = SameDiff.create();
    private final DataType dataType;
    private final DataType parameterType;
    private final Map<String, INDArray> feeds = new LinkedHashMap<>();
    private final List<String> outputs = new ArrayList<>();
    private SDVariable loss;
    private boolean planned;

    public GraphUnderTest(DataType dataType) {
        this(dataType, dataType);
    }

    /** A graph whose parameters are of another type than its placeholders. */
    public GraphUnderTest(DataType dataType, DataType parameterType) {
        this.dataType = dataType;
        this.parameterType = parameterType;
        // SameDiff gives gradients of placeholders too, but only in a graph that has something to train.
        this.loss = sd.var("anchor", Nd4j.zeros(dataType, 1)).sum();
    }

    public SameDiff sd() {
        return sd;
    }

    /** Runs in {@link PlannedSession}s: for graphs whose paths part and meet again. */
    public GraphUnderTest planned() {
        planned = true;
        return this;
    }

    private void plan(SameDiff graph) {
        if (planned) {
            PlannedSession.use(graph);
        }
    }

    /** What the placeholders are fed with, by name. */
    public Map<String, INDArray> feeds() {
        return feeds;
    }

    /** A placeholder of the value's shape, but for an open leading axis, fed with the value. */
    public SDVariable input(String name, INDArray value) {
        var shape = value.shape().clone();
        shape[0] = -1;
        feed(name, value);
        return sd.placeHolder(name, feeds.get(name).dataType(), shape);
    }

    /** A trainable variable. */
    public SDVariable parameter(String name, INDArray value) {
        return sd.var(name, value.castTo(parameterType));
    }

    /** A variable that is not trained. */
    public SDVariable constant(String name, INDArray value) {
        return sd.constant(name, value.castTo(parameterType));
    }

    /** Replaces what a placeholder is fed with. */
    public void feed(String name, INDArray value) {
        feeds.put(name, value.dataType().isFPType() ? value.castTo(dataType) : value);
    }

    /** Declares an output under a name of its own, and the gradient that arrives at it. */
    public void output(String name, SDVariable output, INDArray upstream) {
        outputs.add(sd.identity(name, output).name());
        // Losses are of float32 in graphs of shorter types, too.
        var inType = output.dataType() == dataType ? output : output.castTo(dataType);
        loss = loss.add(inType.mul(input(Gradient.of(name), upstream)).sum());
    }

    /** Outputs by name, as float64. */
    public Map<String, INDArray> outputs() {
        plan(sd);
        var results = new LinkedHashMap<String, INDArray>();
        sd.output(feeds, outputs).forEach((name, value) -> results.put(name, value.castTo(DataType.DOUBLE)));
        return results;
    }

    /** Gradients of the named inputs by {@link Gradient#of}, as float64; the names are those of the first call. */
    public Map<String, INDArray> gradients(List<String> of) {
        if (!sd.hasGradientFunction()) {
            sd.setLossVariables(loss.name());
            sd.createGradFunction(of.toArray(String[]::new));
        }
        plan(sd.getFunction("grad"));
        var results = new LinkedHashMap<String, INDArray>();
        sd.calculateGradients(feeds, of).forEach(
                (name, value) -> results.put(Gradient.of(name), value.castTo(DataType.DOUBLE)));
        return results;
    }

    /** {@link #outputs} and {@link #gradients}. */
    public Map<String, INDArray> run(List<String> differentiated) {
        var results = outputs();
        results.putAll(gradients(differentiated));
        return results;
    }
}
