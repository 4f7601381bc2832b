package org.xlstm4j.ops.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The gradients of another op's inputs, but for constants: what is frozen costs nothing. Its first inputs are the
 * variables that it differentiates by; each output is of the shape of one of them.
 */
public abstract class GradientOp extends JavaOp {

    /** For ND4J. */
    protected GradientOp() {
    }

    /**
     * A gradient op of one graph.
     *
     * @param by     what it differentiates by, not constants alone
     * @param others its further inputs
     */
    protected GradientOp(List<SDVariable> by, List<SDVariable> others) {
        super(Stream.concat(by.stream(), others.stream()).toList());
        by.forEach(variable -> addBArgument(variable.getVariableType() != VariableType.CONSTANT));
    }

    /** What {@code doDiff} of the other op returns: zeros, never computed, stand for the gradients of constants. */
    public final List<SDVariable> gradients() {
        var gradients = perInput(List.of(outputVariables()));
        for (int i = 0; i < gradients.size(); i++) {
            if (gradients.get(i) == null) {
                gradients.set(i, sameDiff.zerosLike(arg(i)));
            }
        }
        return gradients;
    }

    @Override
    public final int getNumOutputs() {
        return (int) bArguments.stream().filter(wanted -> wanted).count();
    }

    @Override
    protected final List<long[]> outputShapes(List<INDArray> inputs) {
        return IntStream.range(0, bArguments.size()).filter(bArguments::get)
                .mapToObj(i -> inputs.get(i).shape()).toList();
    }

    /** Gradients are of the type of what they differentiate by. */
    @Override
    protected final List<DataType> outputTypes(List<DataType> inputs) {
        return IntStream.range(0, bArguments.size()).filter(bArguments::get).mapToObj(inputs::get).toList();
    }

    /** The outputs in the order of the inputs, null where a gradient is not wanted. */
    protected final <T> List<T> perInput(List<T> outputs) {
        var next = outputs.iterator();
        var all = new ArrayList<T>();
        bArguments.forEach(wanted -> all.add(wanted ? next.next() : null));
        return all;
    }
}
