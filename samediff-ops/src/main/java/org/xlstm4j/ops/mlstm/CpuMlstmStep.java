package org.xlstm4j.ops.mlstm;

import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;

/**
 * One step of one head of the mLSTM as its equations say it, for which {@link MlstmForward}'s plan and products would
 * take several times as long.
 */
public record CpuMlstmStep(MlstmSpec spec, Worker worker) {

    /**
     * Computes the step's hidden state and the memory after it.
     *
     * @param in     of one step, with an initial memory
     * @param output [1, valueDim]
     * @param next   may be the initial memory
     * @return q · z, stabilised
     */
    public float run(HeadInputs in, Rows output, HeadState next) {
        int keyDim = spec.keyDim();
        int width = spec.valueDim();
        var before = in.initial();
        var number = load(before.max(), 1);
        double kept = ChunkPlan.logSigmoid(in.forgetGate()[0]) + number[0];
        double max = Math.max(kept, in.inputGate()[0]);
        float forget = (float) Math.exp(kept - max);
        float add = (float) Math.exp(in.inputGate()[0] - max);

        scaled(forget, before.memory(), keyDim * width, next.memory());
        worker.blas().ger(keyDim, width, add, in.key().address(), in.value().address(), next.memory(), width);
        var normalizer = load(before.normalizer(), keyDim);
        Vectors.scale(forget, normalizer, 0, normalizer, 0, keyDim);
        Vectors.addScaled(add, load(in.key().address(), keyDim), 0, normalizer, 0, keyDim);
        worker.store(normalizer, 0, keyDim, next.normalizer());
        float scale = (float) spec.keyScale();
        float product = scale * Vectors.dot(load(in.query().address(), keyDim), 0, normalizer, 0, keyDim);
        worker.blas().gemv(T, keyDim, width, scale / spec.read().denominator(product, max), next.memory(), width,
                in.query().address(), 0, output.address());
        number[0] = (float) max;
        worker.store(number, 0, 1, next.max());
        return product;
    }

    private void scaled(float factor, long from, int length, long to) {
        var values = load(from, length);
        Vectors.scale(factor, values, 0, values, 0, length);
        worker.store(values, 0, length, to);
    }

    private float[] load(long from, int length) {
        var values = worker.floats(length);
        worker.load(from, values, 0, length);
        return values;
    }
}
