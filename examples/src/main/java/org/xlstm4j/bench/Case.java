package org.xlstm4j.bench;

import java.util.List;
import java.util.concurrent.Callable;
import org.nd4j.linalg.api.buffer.DataType;

/** One operator, or what is made of several, at one size. */
public interface Case {

    /** The operator's name, by which cases are chosen. */
    String operator();

    /** The size, as text. */
    String shape();

    /** The tokens that a call handles. */
    long tokens();

    /** What is worth running. */
    default List<Direction> directions() {
        return List.of(Direction.values());
    }

    /** Whether the form of stock ops can be run at this size in reasonable time and memory. */
    default boolean isComposable() {
        return true;
    }

    /** The least work of a call. */
    Work work(Direction direction);

    /** Builds the call in the form that is asked for on this thread, in float32. */
    default Prepared prepare(Direction direction) {
        return prepare(direction, DataType.FLOAT);
    }

    /** The same with activations of another type; parameters are float32 all the same. */
    Prepared prepare(Direction direction, DataType activations);

    /**
     * A call that is ready to be timed.
     *
     * @param call  one run of the graph
     * @param ops   graph ops of the forward pass: those of a layer for a model
     * @param fused whether there are fused ops among them
     */
    record Prepared(Callable<?> call, int ops, boolean fused) {
    }
}
