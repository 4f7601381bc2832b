package org.xlstm4j.ops.mlstm;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.testing.Gradient;

/**
 * The mLSTM step by step in float64 loops, one head of one row at a time, with its gradients by hand: back through the
 * recurrence, every m held constant but for its part in the clamped read's eps.
 */
final class MlstmOracle {
    private final MlstmCase given;
    private final MlstmSpec spec;
    private final Map<String, double[]> flat = new LinkedHashMap<>();
    private final Map<String, INDArray> results = new LinkedHashMap<>();

    private MlstmOracle(MlstmCase given) {
        this.given = given;
        this.spec = given.spec();
        given.arrays().forEach((name, x) -> flat.put(name, x.castTo(DataType.DOUBLE).dup('c').data().asDouble()));
    }

    /** Outputs, final state (with {@code finalMax}) and gradients, by name. */
    static Map<String, INDArray> evaluate(MlstmCase given) {
        var oracle = new MlstmOracle(given);
        oracle.run();
        return oracle.results;
    }

    private void run() {
        int batch = given.batch();
        var out = new LinkedHashMap<String, double[]>();
        allocate(out, "hidden", given.get("dhidden").shape());
        allocate(out, "finalMemory", batch, spec.heads(), spec.keyDim(), spec.valueDim());
        allocate(out, "finalNormalizer", batch, spec.heads(), spec.keyDim());
        allocate(out, "finalMax", batch, spec.heads());
        for (var name : given.differentiated()) {
            allocate(out, Gradient.of(name), given.get(name).shape());
        }
        for (int row = 0; row < batch; row++) {
            for (int head = 0; head < spec.heads(); head++) {
                var one = new Head(row, row * spec.heads() + head, out);
                one.forward();
                one.backward();
            }
        }
        out.forEach((name, values) -> results.put(name,
                Nd4j.createFromArray(values).reshape(results.get(name).shape())));
    }

    private void allocate(Map<String, double[]> out, String name, long... shape) {
        results.put(name, Nd4j.create(DataType.DOUBLE, shape));
        out.put(name, new double[(int) results.get(name).length()]);
    }

    /** One head of one row; {@code index} counts heads over the whole batch. */
    private final class Head {
        private final int time = spec.time();
        private final int keyDim = spec.keyDim();
        private final int valueDim = spec.valueDim();
        private final Map<String, double[]> out;
        private final int row;
        private final int index;
        private final int step0;
        private final boolean carriesIn = given.has("memory");
        // Memories before each step and after the last.
        private final double[][][] memory = new double[time + 1][keyDim][valueDim];
        private final double[][] normalizer = new double[time + 1][keyDim];
        private final double[] max = new double[time];
        private final double[] kept = new double[time];
        private final double[] added = new double[time];
        private final double[] numerators = new double[time * valueDim];
        private final double[] products = new double[time];

        Head(int row, int index, Map<String, double[]> out) {
            this.row = row;
            this.index = index;
            this.out = out;
            this.step0 = index * time;
        }

        private double key(int t, int j) {
            return flat.get("key")[(step0 + t) * keyDim + j];
        }

        private double query(int t, int j) {
            return flat.get("query")[(step0 + t) * keyDim + j] * spec.keyScale();
        }

        private double value(int t, int v) {
            return flat.get("value")[(step0 + t) * valueDim + v];
        }

        private double denominator(int t) {
            return spec.read().eps() + switch (spec.read()) {
                case NORMALIZER -> products[t];
                case CLAMPED -> Math.max(Math.abs(products[t]), Math.exp(-max[t]));
            };
        }

        private boolean startsDocument(int t) {
            var segments = flat.get("segments");
            return t > 0 && segments != null && segments[row * time + t] != segments[row * time + t - 1];
        }

        void forward() {
            double before = Double.NEGATIVE_INFINITY;
            if (carriesIn) {
                before = flat.get("max")[index];
                for (int j = 0; j < keyDim; j++) {
                    normalizer[0][j] = flat.get("normalizer")[index * keyDim + j];
                    System.arraycopy(flat.get("memory"), (index * keyDim + j) * valueDim, memory[0][j], 0, valueDim);
                }
            }
            for (int t = 0; t < time; t++) {
                step(t, startsDocument(t) ? Double.NEGATIVE_INFINITY : before);
                before = max[t];
                read(t);
            }
            out.get("finalMax")[index] = before;
            for (int j = 0; j < keyDim; j++) {
                out.get("finalNormalizer")[index * keyDim + j] = normalizer[time][j];
                System.arraycopy(memory[time][j], 0, out.get("finalMemory"), (index * keyDim + j) * valueDim, valueDim);
            }
        }

        private void step(int t, double maxBefore) {
            double forget = flat.get("forgetGate")[step0 + t];
            double input = flat.get("inputGate")[step0 + t];
            double logForget = Math.min(forget, 0) - Math.log1p(Math.exp(-Math.abs(forget)));
            max[t] = Math.max(logForget + maxBefore, input);
            kept[t] = Math.exp(logForget + maxBefore - max[t]);
            added[t] = Math.exp(input - max[t]);
            for (int j = 0; j < keyDim; j++) {
                normalizer[t + 1][j] = kept[t] * normalizer[t][j] + added[t] * key(t, j);
                for (int v = 0; v < valueDim; v++) {
                    memory[t + 1][j][v] = kept[t] * memory[t][j][v] + added[t] * key(t, j) * value(t, v);
                }
            }
        }

        private void read(int t) {
            for (int j = 0; j < keyDim; j++) {
                products[t] += query(t, j) * normalizer[t + 1][j];
                for (int v = 0; v < valueDim; v++) {
                    numerators[t * valueDim + v] += query(t, j) * memory[t + 1][j][v];
                }
            }
            for (int v = 0; v < valueDim; v++) {
                out.get("hidden")[(step0 + t) * valueDim + v] = numerators[t * valueDim + v] / denominator(t);
            }
        }

        void backward() {
            var dMemory = new double[keyDim][valueDim];
            var dNormalizer = new double[keyDim];
            double dMax = flat.get("dfinalMax")[index];
            for (int j = 0; j < keyDim; j++) {
                dNormalizer[j] = flat.get("dfinalNormalizer")[index * keyDim + j];
                System.arraycopy(flat.get("dfinalMemory"), (index * keyDim + j) * valueDim, dMemory[j], 0, valueDim);
            }
            for (int t = time - 1; t >= 0; t--) {
                dMax += backThroughRead(t, dMemory, dNormalizer);
                backThroughStep(t, dMemory, dNormalizer);
                dMax = backThroughMax(t, dMax);
            }
            if (carriesIn) {
                out.get("dmax")[index] = dMax;
                for (int j = 0; j < keyDim; j++) {
                    out.get("dnormalizer")[index * keyDim + j] = dNormalizer[j];
                    System.arraycopy(dMemory[j], 0, out.get("dmemory"), (index * keyDim + j) * valueDim, valueDim);
                }
            }
        }

        /** Returns the gradient of m: unstabilised, the clamped read has eps e^m in its denominator. */
        private double backThroughRead(int t, double[][] dMemory, double[] dNormalizer) {
            double denominator = denominator(t);
            var dNumerator = new double[valueDim];
            double dDenominator = 0;
            for (int v = 0; v < valueDim; v++) {
                double dHidden = flat.get("dhidden")[(step0 + t) * valueDim + v];
                dNumerator[v] = dHidden / denominator;
                dDenominator -= dHidden * numerators[t * valueDim + v] / (denominator * denominator);
            }
            double dProduct = switch (spec.read()) {
                case NORMALIZER -> dDenominator;
                case CLAMPED -> Math.abs(products[t]) > Math.exp(-max[t])
                        ? Math.signum(products[t]) * dDenominator : 0;
            };
            for (int j = 0; j < keyDim; j++) {
                double dQuery = normalizer[t + 1][j] * dProduct;
                dNormalizer[j] += query(t, j) * dProduct;
                for (int v = 0; v < valueDim; v++) {
                    dQuery += memory[t + 1][j][v] * dNumerator[v];
                    dMemory[j][v] += query(t, j) * dNumerator[v];
                }
                out.get("dquery")[(step0 + t) * keyDim + j] = dQuery * spec.keyScale();
            }
            return spec.read() == MlstmSpec.Read.CLAMPED ? spec.read().eps() * dDenominator : 0;
        }

        /** Hands the gradient of m on to the gate or the m before, whichever was the maximum. */
        private double backThroughMax(int t, double dMax) {
            if (added[t] == 1) {
                out.get("dinputGate")[step0 + t] += dMax;
                return 0;
            }
            out.get("dforgetGate")[step0 + t] += dMax / (1 + Math.exp(flat.get("forgetGate")[step0 + t]));
            return dMax;
        }

        private void backThroughStep(int t, double[][] dMemory, double[] dNormalizer) {
            double dKept = 0;
            double dAdded = 0;
            for (int j = 0; j < keyDim; j++) {
                double dKey = dNormalizer[j];
                dKept += dNormalizer[j] * normalizer[t][j];
                for (int v = 0; v < valueDim; v++) {
                    dKey += dMemory[j][v] * value(t, v);
                    dKept += dMemory[j][v] * memory[t][j][v];
                    out.get("dvalue")[(step0 + t) * valueDim + v] += added[t] * dMemory[j][v] * key(t, j);
                    dMemory[j][v] *= kept[t];
                }
                dAdded += dKey * key(t, j);
                dNormalizer[j] *= kept[t];
                out.get("dkey")[(step0 + t) * keyDim + j] = added[t] * dKey;
            }
            out.get("dinputGate")[step0 + t] = dAdded * added[t];
            out.get("dforgetGate")[step0 + t] =
                    dKept * kept[t] / (1 + Math.exp(flat.get("forgetGate")[step0 + t]));
        }
    }
}
