package org.xlstm4j.ops;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xlstm4j.ops.cuda.CudaSupport;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * How an operator is computed. All forms compute the same function, gradients too; they differ in time and memory.
 *
 * <p>Graphs get the fastest form that works for them, unless the system property {@value #PROPERTY} names one
 * ({@code auto}, {@code composed}, {@code cpu}, {@code cuda}), or {@link #with} does. Where the form that is asked for
 * does not work, the graph gets the composed one, and a line in the log says why, once an operator and reason. The
 * choice is made when a graph is built.
 */
public enum Form {
    /** The fastest form that works. */
    AUTO,
    /** Of stock SameDiff ops: any floating-point type, any backend. */
    COMPOSED,
    /** Fused, on the CPU: float32 inside, so not for graphs in float64. */
    CPU,
    /** Fused, on a GPU: float32 sums inside, so not for graphs in float64. */
    CUDA;

    /** The system property that names the form of all graphs. */
    public static final String PROPERTY = "xlstm4j.form";

    private static final Logger LOG = LoggerFactory.getLogger(Form.class);
    private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();
    private static final Choice<Form> CHOICE = new Choice<>(PROPERTY, AUTO);

    /** What {@code build} makes, with operators of the given form where they are made on this thread. */
    public static <T> T with(Form form, Supplier<T> build) {
        return CHOICE.with(form, build);
    }

    /** The form that is asked for. */
    public static Form wanted() {
        return CHOICE.wanted();
    }

    /**
     * Whether an operator of a graph that is being built is to be fused: what is asked for, as far as it works here.
     *
     * @param operator its name in the log
     * @param type     the type of its inputs
     */
    public static boolean isFused(String operator, DataType type) {
        var wanted = wanted();
        return wanted != COMPOSED && isFree(operator, obstacle(wanted, type));
    }

    /** {@link #isFused} of an operator that has no fused form for a GPU. */
    public static boolean isFusedOnCpu(String operator, DataType type) {
        if (JavaOp.canRun() && !JavaOp.isOnCpu()) {
            return wanted() != COMPOSED && isFree(operator, "it has no fused form for a GPU");
        }
        return isFused(operator, type);
    }

    private static boolean isFree(String operator, String obstacle) {
        if (obstacle != null && LOGGED.add(operator + obstacle)) {
            LOG.info("{} is composed of stock SameDiff ops: {}", operator, obstacle);
        }
        return obstacle == null;
    }

    private static String obstacle(Form wanted, DataType type) {
        if (type == DataType.DOUBLE) {
            return "the fused form computes in float32, and the graph in float64";
        }
        if (!JavaOp.canRun()) {
            return "ND4J runs with " + Nd4j.getExecutioner().getClass().getName()
                    + ", which does not know the fused ops";
        }
        if (JavaOp.isOnCpu()) {
            return wanted == CUDA ? "the form that is asked for is for a GPU, and ND4J runs on the CPU: put nd4j-cuda"
                    + " in nd4j-native's place on the class path" : null;
        }
        return wanted == CPU ? "the form that is asked for is for the CPU, and ND4J runs on a GPU"
                : CudaSupport.obstacle();
    }
}
