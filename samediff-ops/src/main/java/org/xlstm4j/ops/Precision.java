package org.xlstm4j.ops;

import java.util.function.Supplier;
import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * What the factors of products of float32 matrices are rounded to on a GPU's tensor cores; sums are in float32 always.
 *
 * <p>Graphs get {@link #TF32}, unless the system property {@value #PROPERTY} names another ({@code float32},
 * {@code tf32}, {@code bfloat16}, {@code float16}), or {@link #with} does. The choice is made when a graph is built and
 * saved with it. It plays no part on the CPU, nor for arrays of 16 bits, which are multiplied as they are.
 */
public enum Precision {
    /** Not rounded: no tensor cores. */
    FLOAT32,
    /** 10 bits of mantissa, float32's range. */
    TF32,
    /** 7 bits of mantissa, float32's range. */
    BFLOAT16,
    /** 10 bits of mantissa, and numbers beyond 65,504 overflow. */
    FLOAT16;

    /** The system property that names the precision of all graphs. */
    public static final String PROPERTY = "xlstm4j.precision";

    private static final Choice<Precision> CHOICE = new Choice<>(PROPERTY, TF32);

    /** What {@code build} makes, with products of the given precision where they are made on this thread. */
    public static <T> T with(Precision precision, Supplier<T> build) {
        return CHOICE.with(precision, build);
    }

    /** The precision that is asked for. */
    public static Precision wanted() {
        return CHOICE.wanted();
    }

    /** Keeps the precision that is asked for as an op's next integer argument. */
    public static void addTo(DynamicCustomOp op) {
        op.addIArgument(wanted().ordinal());
    }

    /** The precision that an op keeps as its integer argument of the given index. */
    public static Precision of(DynamicCustomOp op, int index) {
        return values()[op.getIArgument(index).intValue()];
    }
}
