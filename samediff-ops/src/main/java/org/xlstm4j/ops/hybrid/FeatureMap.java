package org.xlstm4j.ops.hybrid;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;
import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;

/**
 * The feature map of one head, φ = softmax(x · W) over the features of each step, and its gradient: with
 * du = φ ∘ (dφ − φ · dφ) it is dx = du · Wᵀ and dW = xᵀ · du.
 */
final class FeatureMap {
    /** Steps at once: what they need stays in the second cache. */
    private static final int BLOCK = 256;

    private final int width;
    private final Worker worker;
    private final float[] features;
    private final float[] upstream;
    private final long block;

    FeatureMap(int time, int width, Worker worker) {
        this.width = width;
        this.worker = worker;
        int size = Math.min(BLOCK, time) * width;
        features = worker.floats(size);
        upstream = worker.floats(size);
        block = worker.memory(size);
    }

    /**
     * @param x      [time, width]
     * @param weight [width, width]
     * @param to     where φ is written, [time, width], dense
     */
    void forward(Rows x, long weight, int time, Rows to) {
        for (int first = 0; first < time; first += BLOCK) {
            int steps = Math.min(BLOCK, time - first);
            multiply(x, weight, first, steps);
            worker.load(block, features, 0, steps * width);
            softmax(steps);
            worker.store(features, 0, steps * width, to.at(first));
        }
    }

    private void multiply(Rows x, long weight, int first, int steps) {
        if (steps == 1) {
            worker.blas().gemv(T, width, width, 1, weight, width, x.at(first), 0, block);
        } else {
            worker.blas().gemm(N, N, steps, width, width, 1, x.at(first), x.stride(), weight, width, 0, block, width);
        }
    }

    private void softmax(int steps) {
        for (int at = 0; at < steps * width; at += width) {
            Vectors.subtract(Vectors.max(features, at, width), features, at, width);
        }
        worker.exp().inPlace(features, 0, steps * width);
        for (int at = 0; at < steps * width; at += width) {
            Vectors.scale(1 / Vectors.sum(features, at, width), features, at, features, at, width);
        }
    }

    /**
     * @param phi     φ(x), [time, width], dense
     * @param dPhi    [time, width], dense
     * @param dx      [time, width], added to
     * @param dWeight [width, width], written
     */
    void backward(Rows x, long weight, Rows phi, Rows dPhi, int time, Rows dx, long dWeight) {
        for (int first = 0; first < time; first += BLOCK) {
            int steps = Math.min(BLOCK, time - first);
            worker.load(phi.at(first), features, 0, steps * width);
            worker.load(dPhi.at(first), upstream, 0, steps * width);
            for (int at = 0; at < steps * width; at += width) {
                softmaxGradient(Vectors.dot(features, at, upstream, at, width), at);
            }
            worker.store(upstream, 0, steps * width, block);
            worker.blas().gemm(N, T, steps, width, width, 1, block, width, weight, width, 1, dx.at(first),
                    dx.stride());
            worker.blas().gemm(T, N, width, width, steps, 1, x.at(first), x.stride(), block, width,
                    first == 0 ? 0 : 1, dWeight, width);
        }
    }

    private void softmaxGradient(float mean, int from) {
        for (int i = from; i < from + width; i++) {
            upstream[i] = features[i] * (upstream[i] - mean);
        }
    }
}
