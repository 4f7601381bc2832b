package org.xlstm4j.ops.slstm;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.slstm.SlstmSpec.ForgetGate;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.RandomArrays;

/**
 * The sLSTM in float64 without its recursion over c, n and m: a hidden state is the mean of all values up to its step,
 * each weighed by the exponential of its input gate and of the forget gates since. Gradients are central differences.
 */
final class SlstmOracle {
    private final SlstmSpec spec;
    private final int batch;
    private final Map<String, double[]> flat = new LinkedHashMap<>();

    private SlstmOracle(SlstmCase given) {
        spec = given.spec();
        batch = given.batch();
        given.arrays().forEach((name, x) -> flat.put(name, RandomArrays.values(x)));
    }

    /** Outputs and gradients by name. */
    static Map<String, INDArray> evaluate(SlstmCase given) {
        var results = outputs(given);
        double[] max = RandomArrays.values(results.get("finalMax"));
        var oracle = new SlstmOracle(given);
        for (var name : given.differentiated()) {
            var original = oracle.flat.get(name);
            results.put(Gradient.of(name), Gradient.numeric(given.get(name), changed -> {
                oracle.flat.put(name, changed);
                return oracle.loss(max);
            }));
            oracle.flat.put(name, original);
        }
        return results;
    }

    /** Outputs by name. */
    static Map<String, INDArray> outputs(SlstmCase given) {
        var oracle = new SlstmOracle(given);
        long[] state = {oracle.batch, oracle.spec.heads(), oracle.spec.headDim()};
        var results = new LinkedHashMap<String, INDArray>();
        oracle.run().forEach((name, values) -> results.put(name, Nd4j.createFromArray(values)
                .reshape(name.equals("rows") ? given.get("drows").shape() : state)));
        return results;
    }

    /** Σ output ⊙ upstream, the last state's stabilised by the given maxima. */
    private double loss(double[] fixedMax) {
        var out = run();
        double loss = dot(out.get("rows"), flat.get("drows"))
                + dot(out.get("finalHidden"), flat.get("dfinalHidden"));
        for (var name : List.of("finalCell", "finalNormalizer")) {
            var values = out.get(name);
            for (int u = 0; u < values.length; u++) {
                values[u] *= Math.exp(out.get("finalMax")[u] - fixedMax[u]);
            }
            loss += dot(values, flat.get(Gradient.of(name)));
        }
        return loss;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private Map<String, double[]> run() {
        var out = new LinkedHashMap<String, double[]>();
        out.put("rows", new double[batch * spec.time() * spec.width()]);
        for (var name : List.of("finalCell", "finalNormalizer", "finalHidden", "finalMax")) {
            out.put(name, new double[batch * spec.width()]);
        }
        for (int row = 0; row < batch; row++) {
            for (int head = 0; head < spec.heads(); head++) {
                new Head(row, head, out).run();
            }
        }
        return out;
    }

    private final class Head {
        private final int width = spec.headDim();
        private final int row;
        private final int head;
        private final Map<String, double[]> out;
        private final double[] gates = flat.get("gates");
        private final double[] recurrent = flat.get("recurrent");
        private final boolean[] present = new boolean[spec.time()];
        private final double[][] inputs = new double[spec.time()][width];
        private final double[][] forgets = new double[spec.time()][width];
        private final double[][] values = new double[spec.time()][width];
        private double[] hidden = new double[width];

        Head(int row, int head, Map<String, double[]> out) {
            this.row = row;
            this.head = head;
            this.out = out;
        }

        void run() {
            int unit = (row * spec.heads() + head) * width;
            if (flat.containsKey("hidden")) {
                System.arraycopy(flat.get("hidden"), unit, hidden, 0, width);
            }
            for (int t = 0; t < spec.time(); t++) {
                present[t] = !flat.containsKey("mask") || flat.get("mask")[row * spec.time() + t] != 0;
                if (present[t]) {
                    step(t);
                }
            }
            for (int j = 0; j < width; j++) {
                var sums = sums(spec.time() - 1, j);
                out.get("finalCell")[unit + j] = sums[0];
                out.get("finalNormalizer")[unit + j] = sums[1];
                out.get("finalMax")[unit + j] = sums[2];
                out.get("finalHidden")[unit + j] = hidden[j];
            }
        }

        private void step(int t) {
            var next = new double[width];
            for (int j = 0; j < width; j++) {
                inputs[t][j] = gate(0, t, j);
                double f = gate(1, t, j);
                forgets[t][j] = spec.forgetGate() == ForgetGate.EXPONENTIAL ? f
                        : Math.min(f, 0) - Math.log1p(Math.exp(-Math.abs(f)));
                values[t][j] = Math.tanh(gate(2, t, j));
                var sums = sums(t, j);
                next[j] = sums[0] / sums[1] / (1 + Math.exp(-gate(3, t, j)));
                out.get("rows")[((row * spec.time() + t) * spec.heads() + head) * width + j] = next[j];
            }
            hidden = next;
        }

        private double gate(int kind, int t, int j) {
            double sum = gates[(((row * spec.time() + t) * 4 + kind) * spec.heads() + head) * width + j];
            for (int k = 0; k < width; k++) {
                sum += recurrent[((kind * spec.heads() + head) * width + j) * width + k] * hidden[k];
            }
            return sum;
        }

        /** c, n and m of a unit after step t. */
        private double[] sums(int t, int j) {
            int unit = (row * spec.heads() + head) * width + j;
            boolean carries = flat.containsKey("normalizer") && flat.get("normalizer")[unit] != 0;
            var logWeights = new double[t + 1];
            double faded = 0;
            double max = -1e30;
            for (int s = t; s >= 0; s--) {
                if (present[s]) {
                    logWeights[s] = inputs[s][j] + faded;
                    faded += forgets[s][j];
                    max = Math.max(max, logWeights[s]);
                }
            }
            double carried = carries ? flat.get("max")[unit] + faded : 0;
            max = carries ? Math.max(max, carried) : max;
            double cell = carries ? Math.exp(carried - max) * flat.get("cell")[unit] : 0;
            double normalizer = carries ? Math.exp(carried - max) * flat.get("normalizer")[unit] : 0;
            for (int s = 0; s <= t; s++) {
                if (present[s]) {
                    cell += Math.exp(logWeights[s] - max) * values[s][j];
                    normalizer += Math.exp(logWeights[s] - max);
                }
            }
            return new double[] {cell, normalizer, max};
        }
    }
}
