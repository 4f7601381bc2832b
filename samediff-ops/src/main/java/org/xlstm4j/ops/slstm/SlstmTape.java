package org.xlstm4j.ops.slstm;

import org.xlstm4j.ops.cpu.Worker;

/** What the steps of one head did to its units, and the way back through them. The maxima are held constant. */
final class SlstmTape {
    private final int width;
    private final int time;
    // Memories before each step and after the last.
    private final float[] cells;
    private final float[] normalizers;
    private final float[] inputs;
    private final float[] forgets;
    private final float[] values;
    private final float[] outputs;
    private final float[] slopes;

    SlstmTape(SlstmSpec spec, Worker worker) {
        width = spec.headDim();
        time = spec.time();
        cells = worker.floats((time + 1) * width);
        normalizers = worker.floats((time + 1) * width);
        inputs = worker.floats(time * width);
        forgets = worker.floats(time * width);
        values = worker.floats(time * width);
        outputs = worker.floats(time * width);
        slopes = worker.floats(time * width);
    }

    /**
     * Takes the units through all steps.
     *
     * @param gates   pre-activations of every step, i, f, z and o
     * @param present which steps change the units; null for all
     */
    void record(SlstmUnits units, float[] gates, float[] present) {
        keep(units.cell, cells, 0);
        keep(units.normalizer, normalizers, 0);
        for (int t = 0; t < time; t++) {
            if (!CpuSlstm.isAbsent(present, t)) {
                units.step(gates, t * SlstmInputs.GATES * width);
                keep(units.input, inputs, t);
                keep(units.forget, forgets, t);
                keep(units.value, values, t);
                keep(units.output, outputs, t);
                keep(units.slope, slopes, t);
            }
            keep(units.cell, cells, t + 1);
            keep(units.normalizer, normalizers, t + 1);
        }
    }

    private void keep(float[] from, float[] to, int step) {
        System.arraycopy(from, 0, to, step * width, width);
    }

    /**
     * Goes back over a step.
     *
     * @param dHidden     gradient of the step's hidden state
     * @param dCell       gradient of the cell after the step; becomes that of the cell before
     * @param dNormalizer the same of the normalizer
     * @param gates       where the gradients of the step's pre-activations go
     */
    void differentiate(int step, float[] dHidden, float[] dCell, float[] dNormalizer, float[] gates) {
        int from = step * width;
        int to = step * SlstmInputs.GATES * width;
        for (int j = 0; j < width; j++) {
            int at = from + j;
            float output = outputs[at];
            float quotient = cells[at + width] / normalizers[at + width];
            float perCell = dHidden[j] * output / normalizers[at + width];
            float ofCell = dCell[j] + perCell;
            float ofNormalizer = dNormalizer[j] - perCell * quotient;
            float value = values[at];
            float forget = forgets[at];
            gates[to + j] = inputs[at] * (ofCell * value + ofNormalizer);
            gates[to + width + j] = slopes[at] * forget * (ofCell * cells[at] + ofNormalizer * normalizers[at]);
            gates[to + 2 * width + j] = ofCell * inputs[at] * (1 - value * value);
            gates[to + 3 * width + j] = dHidden[j] * quotient * output * (1 - output);
            dCell[j] = ofCell * forget;
            dNormalizer[j] = ofNormalizer * forget;
        }
    }
}
