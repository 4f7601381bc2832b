package org.xlstm4j.ops.graph;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOpDescriptor;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.factory.Nd4j;

/**
 * An op of a SameDiff graph that is computed in Java.
 *
 * <p>A subclass
 * <ul>
 * <li>is public, has a public no-argument constructor, and is listed in
 * {@code META-INF/services/org.xlstm4j.ops.graph.JavaOp}: graphs are saved with its name and loaded by it,
 * <li>keeps its configuration in the op's integer, floating-point and boolean arguments alone ({@code addIArgument},
 * {@code addTArgument}, {@code addBArgument}): SameDiff copies ops with these and nothing else,
 * <li>returns a constant from {@link #opName()}, which the super constructor calls,
 * <li>puts inputs that have a gradient before those that have none, and returns from {@code doDiff} the gradients of
 * the former.
 * </ul>
 */
public abstract class JavaOp extends DynamicCustomOp {
    private static final int ANY_NUMBER = -1;

    /** For ND4J, which makes ops by their class. */
    protected JavaOp() {
    }

    /** An op on variables of one graph, at least one. */
    protected JavaOp(List<SDVariable> inputs) {
        super(null, inputs.get(0).getSameDiff(), inputs.toArray(SDVariable[]::new));
    }

    @Override
    public abstract String opName();

    @Override
    public abstract int getNumOutputs();

    /** The outputs' shapes. */
    protected abstract List<long[]> outputShapes(List<INDArray> inputs);

    /** The outputs' types, given the inputs': the first input's, unless a subclass knows better. */
    protected List<DataType> outputTypes(List<DataType> inputs) {
        return Collections.nCopies(getNumOutputs(), inputs.get(0));
    }

    /**
     * Computes the outputs, every element of them: what they hold before is arbitrary.
     *
     * @param inputs  of any type, stride and order, views among them
     * @param outputs of the shapes of {@link #outputShapes}
     */
    protected abstract void computeOnCpu(List<INDArray> inputs, List<INDArray> outputs);

    /** The same on a GPU: puts the work in line on ND4J's stream and does not wait for it. */
    protected abstract void computeOnGpu(List<INDArray> inputs, List<INDArray> outputs);

    final void compute(List<INDArray> inputs, List<INDArray> outputs) {
        if (isOnCpu()) {
            computeOnCpu(inputs, outputs);
        } else {
            computeOnGpu(inputs, outputs);
        }
    }

    final INDArray[] execute() {
        if (outputArguments.isEmpty()) {
            calculateOutputShape().forEach(shape -> addOutputArgument(Nd4j.create(shape, false)));
        }
        compute(inputArguments, outputArguments);
        return outputArguments.toArray(INDArray[]::new);
    }

    final INDArray[] execute(OpContext context) {
        compute(context.getInputArrays(), context.getOutputArrays());
        return context.getOutputArrays().toArray(INDArray[]::new);
    }

    /** Whether ND4J runs with the executioner that knows these ops. */
    public static boolean canRun() {
        return Nd4j.getExecutioner() instanceof JavaOpExecutioner;
    }

    /** Whether arrays lie in the CPU's memory. */
    public static boolean isOnCpu() {
        return Nd4j.getExecutioner() instanceof JavaOpExecutioner own && own.isOnCpu();
    }

    /** Asked for by ND4J's native executioner alone, which ends the whole process over a hash that it does not know. */
    @Override
    public final long opHash() {
        if (!canRun()) {
            throw new IllegalStateException(opName() + " is a Java op, but ND4J runs with "
                    + Nd4j.getExecutioner().getClass().getName() + ": "
                    + JavaOpBackend.class.getName() + " must be visible as a service when ND4J starts");
        }
        return hash();
    }

    /** FNV-1a of the name, with a bit that no op of libnd4j has. */
    private long hash() {
        long hash = 0xcbf29ce484222325L;
        for (byte character : opName().getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ character) * 0x100000001b3L;
        }
        return hash | 0x4000000000000000L;
    }

    @Override
    public final CustomOpDescriptor getDescriptor() {
        return new CustomOpDescriptor(hash(), ANY_NUMBER, getNumOutputs(), false, ANY_NUMBER, ANY_NUMBER);
    }

    @Override
    public final List<LongShapeDescriptor> calculateOutputShape() {
        return inputArguments.isEmpty() ? Collections.emptyList() : shapes(inputArguments);
    }

    @Override
    public final List<LongShapeDescriptor> calculateOutputShape(OpContext context) {
        return context == null ? calculateOutputShape() : shapes(context.getInputArrays());
    }

    private List<LongShapeDescriptor> shapes(List<INDArray> inputs) {
        var shapes = outputShapes(inputs);
        var types = outputTypes(inputs.stream().map(INDArray::dataType).toList());
        return IntStream.range(0, shapes.size())
                .mapToObj(i -> LongShapeDescriptor.fromShape(shapes.get(i), types.get(i))).toList();
    }

    @Override
    public final List<DataType> calculateOutputDataTypes(List<DataType> inputs) {
        return outputTypes(inputs);
    }

    @Override
    public final void assertValidForExecution() {
    }

    /** None beside the arguments; ND4J M2.1 fails on names that it does not know otherwise. */
    @Override
    public final Map<String, Object> propertiesForFunction() {
        return Collections.emptyMap();
    }

    @Override
    public final void setPropertiesForFunction(Map<String, Object> properties) {
    }
}
