package org.xlstm4j.distill.train;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.graph.JavaOp;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.graph.SessionMemory;

/**
 * A graph with a scalar loss, evaluated together with the gradients of its variables. On a GPU, a graph of fused ops
 * runs over arrays that stay, its launches recorded once.
 */
public final class LossGraph implements AutoCloseable {
    private static final String GRADIENT_FUNCTION = "grad";

    private final SameDiff gradients;
    private final Map<String, String> gradientNames = new LinkedHashMap<>();
    private final String[] outputs;
    private final String loss;
    /** Null where it has its own. */
    private final SessionMemory memory;
    /** Null where there is none yet, empty where the graph needs a session. */
    private Optional<FixedFeed> fixed;

    /**
     * @param loss       a scalar
     * @param parameters names of the variables to differentiate by, placeholders among them
     * @param also       further values to compute with the loss
     */
    public LossGraph(SDVariable loss, List<String> parameters, SDVariable... also) {
        this(null, loss, parameters, also);
    }

    /** The same over memory that it shares with others. */
    LossGraph(SessionMemory memory, SDVariable loss, List<String> parameters, SDVariable... also) {
        this.memory = memory;
        var sd = loss.getSameDiff();
        this.loss = loss.name();
        sd.setLossVariables(this.loss);
        createGradientFunction(sd, parameters.stream()
                .filter(name -> sd.getVariable(name).getVariableType() == VariableType.PLACEHOLDER)
                .toArray(String[]::new));
        this.gradients = sd.getFunction(GRADIENT_FUNCTION);
        for (var parameter : parameters) {
            var gradient = sd.getVariable(parameter).getGradient();
            if (gradient == null) {
                throw new IllegalArgumentException("the loss does not depend on " + parameter);
            }
            gradientNames.put(parameter, gradient.name());
        }
        this.outputs = Stream.of(Stream.of(this.loss), Arrays.stream(also).map(SDVariable::name),
                gradientNames.values().stream()).flatMap(names -> names).toArray(String[]::new);
    }

    /** ND4J M2.1 prints a line a differentiated op to standard output, where programs print their results. */
    private static synchronized void createGradientFunction(SameDiff sd, String[] placeholders) {
        var out = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        try {
            sd.createGradFunction(placeholders);
        } finally {
            System.setOut(out);
        }
    }

    /**
     * What one evaluation yields.
     *
     * @param loss      the loss
     * @param gradients by parameter
     * @param values    the loss, the further values and the gradients under their graph names
     */
    public record Result(double loss, Map<String, INDArray> gradients, Map<String, INDArray> values) {
    }

    /**
     * Evaluates loss and gradients for the given placeholders. On a GPU, the next run may overwrite what this one
     * returns.
     */
    public Result run(Map<String, INDArray> feed) {
        var values = JavaOp.isOnCpu() ? bySession(feed) : onGpu(feed);
        var byParameter = new LinkedHashMap<String, INDArray>();
        gradientNames.forEach((parameter, name) -> byParameter.put(parameter, values.get(name)));
        return new Result(values.get(loss).getDouble(0), byParameter, values);
    }

    private Map<String, INDArray> bySession(Map<String, INDArray> feed) {
        // Not SameDiff.calculateGradients: on M2.1 it keeps every intermediate array until the garbage collector
        // comes, gigabytes a step.
        if (memory == null) {
            PlannedSession.use(gradients);
        } else {
            memory.use(gradients);
        }
        return gradients.output(feed, outputs);
    }

    private Map<String, INDArray> onGpu(Map<String, INDArray> feed) {
        if (fixed == null || fixed.isPresent() && !fixed.get().takes(feed)) {
            close();
            fixed = FixedFeed.of(gradients, feed, List.of(outputs));
        }
        return fixed.isPresent() ? fixed.get().run(feed) : bySession(feed);
    }

    /** Takes the gradients of a result back, for the next run to write into; nobody may use them any more. */
    public void recycle(Result result) {
        recycle(result, name -> true);
    }

    /** The same of some gradients alone, by parameter. */
    void recycle(Result result, Predicate<String> which) {
        if (fixed != null && fixed.isPresent()) {
            return;
        }
        var arrays = new LinkedHashMap<String, INDArray>();
        gradientNames.forEach((parameter, name) -> {
            if (which.test(parameter)) {
                arrays.put(name, result.values().get(name));
            }
        });
        PlannedSession.recycle(gradients, arrays);
    }

    /** Lets go of what a GPU keeps for it. A further run makes it anew. */
    @Override
    public void close() {
        if (fixed != null) {
            fixed.ifPresent(FixedFeed::close);
            fixed = null;
        }
    }
}
