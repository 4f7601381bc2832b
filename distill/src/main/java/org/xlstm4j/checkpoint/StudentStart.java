package org.xlstm4j.checkpoint;

import java.util.Arrays;
import java.util.LinkedHashMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.ParameterNames;

/**
 * The student that distillation starts from: the teacher's weights, and a mixer whose window dominates.
 *
 * <p>Feature maps start as the identity, input gates open (i = exp(0) = 1) and forget gates spread over the heads from
 * σ(3) ≈ 0.95 to σ(6) ≈ 0.998, so that heads remember at different lengths; the start depends on no random numbers. A
 * student without a window starts far from its teacher.
 */
public final class StudentStart {
    /** Bias of the output gate: σ(−3) ≈ 0.05 of the mLSTM is mixed in, so that the student starts near its teacher. */
    public static final float OUTPUT_GATE_BIAS = -3;
    /** Bias of the first head's forget gate. */
    public static final float FIRST_FORGET_BIAS = 3;
    /** Bias of the last head's forget gate. */
    public static final float LAST_FORGET_BIAS = 6;

    private StudentStart() {
    }

    /**
     * The student of {@code teacher}; its arrays are copies.
     *
     * @throws IllegalArgumentException if {@code teacher} is a student already
     */
    public static CausalLm from(CausalLm teacher, HybridConfig hybrid) {
        if (teacher.config().isStudent()) {
            throw new IllegalArgumentException("the model is a student already; convert its teacher");
        }
        var config = teacher.config().withHybrid(hybrid);
        var parameters = new LinkedHashMap<String, INDArray>();
        config.parameterShapes().forEach((name, shape) -> parameters.put(name, ParameterNames.isMixer(name)
                ? Nd4j.zeros(DataType.FLOAT, shape) : teacher.parameters().get(name).dup('c')));
        for (int layer = 0; layer < config.layers(); layer++) {
            var names = ParameterNames.layer(layer);
            parameters.put(names.queryFeatures(), identities(config.heads(), config.headDim()));
            parameters.put(names.keyFeatures(), identities(config.heads(), config.headDim()));
            if (hybrid.isGated()) {
                parameters.put(names.forgetGateBias(), Nd4j.createFromArray(forgetBiases(config.heads())));
            }
            if (hybrid.hasWindow()) {
                parameters.put(names.outputGateBias(), constant(OUTPUT_GATE_BIAS, config.heads()));
            }
        }
        return new CausalLm(config, parameters);
    }

    /** One identity a head, [heads, headDim, headDim]. */
    private static INDArray identities(int heads, int headDim) {
        var values = new float[heads * headDim * headDim];
        for (int i = 0; i < heads * headDim; i++) {
            values[i * headDim + i % headDim] = 1;
        }
        return Nd4j.createFromArray(values).reshape(heads, headDim, headDim);
    }

    private static float[] forgetBiases(int heads) {
        var biases = new float[heads];
        for (int head = 0; head < heads; head++) {
            biases[head] = FIRST_FORGET_BIAS + (LAST_FORGET_BIAS - FIRST_FORGET_BIAS) * head / Math.max(1, heads - 1);
        }
        return biases;
    }

    private static INDArray constant(float value, int count) {
        var values = new float[count];
        Arrays.fill(values, value);
        return Nd4j.createFromArray(values);
    }
}
