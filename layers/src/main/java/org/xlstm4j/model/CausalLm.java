package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A causal language model: an architecture and its parameters. Graphs made from it share the parameters' arrays, so
 * that a model trained through one graph is trained in all of them.
 */
public final class CausalLm {
    private final ModelConfig config;
    private final Map<String, INDArray> parameters;

    /**
     * @param config     the architecture
     * @param parameters float32 arrays by name, exactly those of {@link ModelConfig#parameterShapes()};
     *                   taken over as they are, but for views, which are copied
     * @throws IllegalArgumentException listing every parameter that is missing, unexpected, of another shape or type
     */
    public CausalLm(ModelConfig config, Map<String, INDArray> parameters) {
        this(config, parameters, DataType.FLOAT);
    }

    private CausalLm(ModelConfig config, Map<String, INDArray> parameters, DataType type) {
        this.config = config;
        var shapes = config.parameterShapes();
        var faults = faults(shapes, parameters, type);
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException("parameters do not fit the model: " + String.join("; ", faults));
        }
        var ordered = new LinkedHashMap<String, INDArray>();
        // SameDiff copies views, which would cut a graph off from the model; so the model copies them, once.
        shapes.keySet().forEach(name -> ordered.put(name, own(parameters.get(name))));
        this.parameters = Collections.unmodifiableMap(ordered);
    }

    private static INDArray own(INDArray array) {
        return array.isView() ? array.dup('c') : array;
    }

    private static List<String> faults(Map<String, long[]> shapes, Map<String, INDArray> parameters,
                                       DataType type) {
        var faults = new ArrayList<String>();
        shapes.forEach((name, shape) -> {
            var array = parameters.get(name);
            if (array == null) {
                faults.add(name + " is missing");
            } else if (!Arrays.equals(array.shape(), shape)) {
                faults.add(name + " is " + Arrays.toString(array.shape()) + " instead of " + Arrays.toString(shape));
            } else if (array.dataType() != type) {
                faults.add(name + " is " + array.dataType() + " instead of " + type);
            }
        });
        parameters.keySet().stream().filter(name -> !shapes.containsKey(name))
                .forEach(name -> faults.add(name + " is unexpected"));
        return faults;
    }

    /** A model with normal weights of standard deviation {@code deviation}, norms of one and biases of zero. */
    public static CausalLm random(ModelConfig config, double deviation, long seed) {
        var random = new Random(seed);
        var parameters = new LinkedHashMap<String, INDArray>();
        config.parameterShapes().forEach((name, shape) -> {
            boolean norm = ParameterNames.isNorm(name);
            var values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
            for (int i = 0; i < values.length; i++) {
                values[i] = norm ? 1 : shape.length == 1 ? 0 : (float) (deviation * random.nextGaussian());
            }
            parameters.put(name, Nd4j.createFromArray(values).reshape('c', shape));
        });
        return new CausalLm(config, parameters);
    }

    /** The architecture. */
    public ModelConfig config() {
        return config;
    }

    /** The parameters by name, in the order of the computation; the arrays are the model's own. */
    public Map<String, INDArray> parameters() {
        return parameters;
    }

    /** A model of the same architecture with its own copy of the parameters. */
    public CausalLm copy() {
        return in(type());
    }

    /**
     * A copy with parameters in a shorter type, for inference on a GPU: decoding takes the time that reading them
     * takes. It cannot be trained, and on the CPU it is slower, for ops there compute in float32.
     *
     * @param type BFLOAT16 or HALF
     */
    public CausalLm rounded(DataType type) {
        if (type != DataType.BFLOAT16 && type != DataType.HALF) {
            throw new IllegalArgumentException("parameters are rounded to BFLOAT16 or HALF, not to " + type);
        }
        return in(type);
    }

    private CausalLm in(DataType type) {
        var copies = new LinkedHashMap<String, INDArray>();
        parameters.forEach((name, array) -> copies.put(name, array.dataType() == type ? array.dup('c')
                : array.castTo(type)));
        return new CausalLm(config, copies, type);
    }

    /** The type of all parameters. */
    public DataType type() {
        return parameters.values().iterator().next().dataType();
    }

    /** The number of parameters, a tied head counted once. */
    public long parameterCount() {
        return parameters.values().stream().mapToLong(INDArray::length).sum();
    }
}
