package org.xlstm4j.ops.optimizer;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * AdamW in blocks of all parameters, in two passes: the norm reads the gradients, the update reads parameters,
 * gradients and moments and writes parameters and moments; 32 bytes an element in all. Rounded as ND4J's Adam rounds:
 * betas, their powers and the rate to float32; but the squares of the norm are summed in float64.
 */
final class CpuAdamW implements AdamWForm {
    private static final int BLOCK = 8192;

    private final List<INDArray> parameters;
    /** Kept for the blocks, which hold addresses. */
    private final List<Moments> moments;
    private final List<Boolean> decays;
    private final List<Block> blocks = new ArrayList<>();
    private final double[] squares;
    private final long[] gradientAddresses;

    /** Of float32 parameters in row order. */
    CpuAdamW(List<INDArray> parameters, List<Moments> moments, List<Boolean> decays) {
        this.parameters = parameters;
        this.moments = moments;
        this.decays = decays;
        for (int i = 0; i < parameters.size(); i++) {
            addBlocks(i);
        }
        this.squares = new double[blocks.size()];
        this.gradientAddresses = new long[parameters.size()];
    }

    /** A part of a tensor: where it begins, in bytes, and where its arrays but the gradient lie. */
    private record Block(int tensor, long offset, int length, long parameter, long first, long second) {
    }

    private void addBlocks(int tensor) {
        long length = parameters.get(tensor).length();
        long parameter = address(parameters.get(tensor));
        long first = address(moments.get(tensor).first());
        long second = address(moments.get(tensor).second());
        for (long from = 0; from < length; from += BLOCK) {
            long offset = Float.BYTES * from;
            blocks.add(new Block(tensor, offset, (int) Math.min(BLOCK, length - from),
                    parameter + offset, first + offset, second + offset));
        }
    }

    private static long address(INDArray array) {
        return array.data().addressPointer().address();
    }

    @Override
    public double step(AdamWStep step, List<INDArray> gradients) {
        var ordered = gradients.stream().map(CpuAdamW::inRowOrder).toList();
        Arrays.setAll(gradientAddresses, tensor -> address(ordered.get(tensor)));
        try {
            double norm = globalNorm();
            update(step, (float) step.clipping(norm));
            return norm;
        } finally {
            // Copies must not be collected before: the blocks' work holds addresses alone.
            Reference.reachabilityFence(ordered);
        }
    }

    private long gradientOf(Block block) {
        return gradientAddresses[block.tensor()] + block.offset();
    }

    private double globalNorm() {
        Workers.forEach(blocks.size(), (index, worker) -> {
            var block = blocks.get(index);
            var gradient = worker.floats(block.length());
            worker.load(gradientOf(block), gradient, 0, block.length());
            squares[index] = squares(gradient, block.length());
        });
        double sum = 0;
        for (double part : squares) {
            sum += part;
        }
        return Math.sqrt(sum);
    }

    private static double squares(float[] x, int length) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        // A sum must be added up in order: four sums are four times as fast.
        for (; i + 3 < length; i += 4) {
            a += (double) x[i] * x[i];
            b += (double) x[i + 1] * x[i + 1];
            c += (double) x[i + 2] * x[i + 2];
            d += (double) x[i + 3] * x[i + 3];
        }
        for (; i < length; i++) {
            a += (double) x[i] * x[i];
        }
        return (a + b) + (c + d);
    }

    private void update(AdamWStep step, float clipping) {
        var factors = AdamWFactors.of(step);
        Workers.forEach(blocks.size(), (index, worker) -> {
            var block = blocks.get(index);
            update(block, factors, clipping, (float) step.kept(decays.get(block.tensor())), worker);
        });
    }

    private void update(Block block, AdamWFactors factors, float clipping, float kept, Worker worker) {
        int length = block.length();
        var p = worker.floats(length);
        var g = worker.floats(length);
        var m = worker.floats(length);
        var v = worker.floats(length);
        worker.load(block.parameter(), p, 0, length);
        worker.load(gradientOf(block), g, 0, length);
        worker.load(block.first(), m, 0, length);
        worker.load(block.second(), v, 0, length);
        update(p, g, m, v, length, factors, clipping, kept);
        worker.store(p, 0, length, block.parameter());
        worker.store(m, 0, length, block.first());
        worker.store(v, 0, length, block.second());
    }

    private static void update(float[] p, float[] g, float[] m, float[] v, int length, AdamWFactors factors,
                               float clipping, float kept) {
        float beta1 = factors.beta1();
        float beta2 = factors.beta2();
        float rate = factors.rate();
        float epsilon = factors.epsilon();
        for (int i = 0; i < length; i++) {
            float gradient = clipping * g[i];
            float first = beta1 * m[i] + (1 - beta1) * gradient;
            float second = beta2 * v[i] + (1 - beta2) * (gradient * gradient);
            p[i] = kept * p[i] - rate * first / ((float) Math.sqrt(second) + epsilon);
            m[i] = first;
            v[i] = second;
        }
    }

    private static INDArray inRowOrder(INDArray array) {
        return isInRowOrder(array) ? array : array.dup('c');
    }

    /** Whether the elements lie in row order without gaps. */
    static boolean isInRowOrder(INDArray array) {
        long dense = 1;
        for (int axis = array.rank() - 1; axis >= 0; axis--) {
            if (array.size(axis) != 1 && array.stride(axis) != dense) {
                return false;
            }
            dense *= array.size(axis);
        }
        return true;
    }
}
