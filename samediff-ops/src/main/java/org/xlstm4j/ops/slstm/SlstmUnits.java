package org.xlstm4j.ops.slstm;

import java.util.Arrays;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.slstm.SlstmSpec.ForgetGate;

/**
 * The units of one head in one sequence: their memories, and what a step makes of them. Arrays are longer than the
 * head is wide. Maxima are in float64, for a difference of two large ones is what counts.
 */
final class SlstmUnits {
    private static final double EMPTY = -1e30;

    final float[] cell;
    final float[] normalizer;
    /** exp(i − m) of the last step. */
    final float[] input;
    /** f' exp(m' − m) of the last step, m' the maximum before. */
    final float[] forget;
    /** tanh(z) of the last step. */
    final float[] value;
    /** σ(o) of the last step. */
    final float[] output;
    /** The derivative of log f' by f. */
    final float[] slope;

    private final int width;
    private final ForgetGate forgetGate;
    private final Worker worker;
    private final double[] max;
    private final double[] logForget;
    private final float[] powers;

    /** Units with an empty memory. */
    SlstmUnits(SlstmSpec spec, Worker worker) {
        this.width = spec.headDim();
        this.forgetGate = spec.forgetGate();
        this.worker = worker;
        cell = zeros();
        normalizer = zeros();
        input = zeros();
        forget = zeros();
        value = zeros();
        output = zeros();
        slope = zeros();
        max = worker.doubles(width);
        logForget = worker.doubles(width);
        powers = worker.floats(3 * width);
        Arrays.fill(max, 0, width, EMPTY);
    }

    private float[] zeros() {
        var array = worker.floats(width);
        Arrays.fill(array, 0, width, 0);
        return array;
    }

    /** Takes the memory of a head from where it lies; where the normalizer is 0 it is empty. */
    void load(Floats cells, Floats normalizers, Floats maxima, int row, int head) {
        worker.load(cells.at(row, head), cell, 0, width);
        worker.load(normalizers.at(row, head), normalizer, 0, width);
        var given = worker.floats(width);
        worker.load(maxima.at(row, head), given, 0, width);
        for (int j = 0; j < width; j++) {
            max[j] = normalizer[j] == 0 ? EMPTY : given[j];
        }
    }

    /** Writes the memory of a head. */
    void store(Floats cells, Floats normalizers, Floats maxima, int row, int head) {
        worker.store(cell, 0, width, cells.at(row, head));
        worker.store(normalizer, 0, width, normalizers.at(row, head));
        var rounded = worker.floats(width);
        for (int j = 0; j < width; j++) {
            rounded[j] = (float) max[j];
        }
        worker.store(rounded, 0, width, maxima.at(row, head));
    }

    /**
     * One time step.
     *
     * @param gates i, f, z and o, [4 · width] from {@code from} on
     */
    void step(float[] gates, int from) {
        activate(gates, from + width, from + 2 * width, from + 3 * width);
        weigh(gates, from);
        for (int j = 0; j < width; j++) {
            cell[j] = Math.fma(forget[j], cell[j], input[j] * value[j]);
            normalizer[j] = Math.fma(forget[j], normalizer[j], input[j]);
        }
    }

    /** Writes σ(o) c / n. */
    void read(float[] hidden, int from) {
        for (int j = 0; j < width; j++) {
            hidden[from + j] = output[j] * cell[j] / normalizer[j];
        }
    }

    private void activate(float[] gates, int f, int z, int o) {
        for (int j = 0; j < width; j++) {
            powers[j] = -Math.abs(gates[f + j]);
            powers[width + j] = -2 * Math.abs(gates[z + j]);
            powers[2 * width + j] = -Math.abs(gates[o + j]);
        }
        worker.exp().inPlace(powers, 0, 3 * width);
        for (int j = 0; j < width; j++) {
            float square = powers[width + j];
            value[j] = Math.copySign((1 - square) / (1 + square), gates[z + j]);
            output[j] = sigmoid(gates[o + j], powers[2 * width + j]);
        }
        for (int j = 0; j < width; j++) {
            float gate = gates[f + j];
            if (forgetGate == ForgetGate.EXPONENTIAL) {
                logForget[j] = gate;
                slope[j] = 1;
            } else {
                logForget[j] = Math.min(gate, 0) - logOnePlus(powers[j]);
                slope[j] = sigmoid(-gate, powers[j]);
            }
        }
    }

    /** σ(x), given e^−|x|. */
    private static float sigmoid(float x, float power) {
        return (x >= 0 ? 1 : power) / (1 + power);
    }

    /** log(1 + x) of x in [0, 1], right to 1e-7: 2 artanh(x / (2 + x)). */
    static float logOnePlus(float x) {
        float s = x / (2 + x);
        float square = s * s;
        float sum = Math.fma(square, 1 / 13f, 1 / 11f);
        sum = Math.fma(square, sum, 1 / 9f);
        sum = Math.fma(square, sum, 1 / 7f);
        sum = Math.fma(square, sum, 1 / 5f);
        sum = Math.fma(square, sum, 1 / 3f);
        return 2 * Math.fma(s * square, sum, s);
    }

    /** Of input and forget gate the larger weighs 1, and becomes the maximum. */
    private void weigh(float[] gates, int i) {
        for (int j = 0; j < width; j++) {
            double kept = logForget[j] + max[j];
            double lead = gates[i + j] - kept;
            max[j] = Math.max(kept, gates[i + j]);
            input[j] = (float) lead;
            forget[j] = -Math.abs((float) lead);
        }
        worker.exp().inPlace(forget, 0, width);
        for (int j = 0; j < width; j++) {
            float power = forget[j];
            boolean leads = input[j] >= 0;
            forget[j] = leads ? power : 1;
            input[j] = leads ? 1 : power;
        }
    }
}
