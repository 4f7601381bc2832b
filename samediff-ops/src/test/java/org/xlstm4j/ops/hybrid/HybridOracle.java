package org.xlstm4j.ops.hybrid;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.testing.RandomArrays;

/** The hybrid mixer as its equations stand, step by step in float64 loops, without any stabilisation. */
final class HybridOracle {
    private final HybridSpec spec;
    private final int hiddenSize;
    private final double[][] documents;
    /** Elements in order, by name: read one by one from their arrays, they would take most of the time. */
    private final Map<String, double[]> given;

    /** @param documents [batch][time], the number of each token's document */
    HybridOracle(HybridSpec spec, Map<String, INDArray> given, double[][] documents) {
        this(spec, given.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey,
                entry -> RandomArrays.values(entry.getValue()))), (int) given.get("x").size(1), documents);
    }

    private HybridOracle(HybridSpec spec, Map<String, double[]> given, int hiddenSize, double[][] documents) {
        this.spec = spec;
        this.given = given;
        this.hiddenSize = hiddenSize;
        this.documents = documents;
    }

    /** The same with other elements of one of the arrays. */
    HybridOracle with(String name, double[] values) {
        var changed = new HashMap<>(given);
        changed.put(name, values);
        return new HybridOracle(spec, changed, hiddenSize, documents);
    }

    /** h, [batch, heads, time, headDim]. */
    INDArray hidden() {
        return Nd4j.createFromArray(heads());
    }

    /** Σ h ⊙ upstream, whose elements are given in order. */
    double weightedSum(double[] upstream) {
        double sum = 0;
        int i = 0;
        for (var row : heads()) {
            for (var head : row) {
                for (var step : head) {
                    for (double value : step) {
                        sum += value * upstream[i++];
                    }
                }
            }
        }
        return sum;
    }

    private double[][][][] heads() {
        var hidden = new double[documents.length][spec.heads()][spec.time()][];
        for (int row = 0; row < documents.length; row++) {
            for (int head = 0; head < spec.heads(); head++) {
                head(row, head, hidden[row][head]);
            }
        }
        return hidden;
    }

    private void head(int row, int head, double[][] hidden) {
        int width = spec.headDim();
        var memory = new double[width][width];
        var normalizer = new double[width];
        for (int t = 0; t < spec.time(); t++) {
            if (t > 0 && documents[row][t] != documents[row][t - 1]) {
                memory = new double[width][width];
                normalizer = new double[width];
            }
            var q = features("queryFeatures", head, query(row, head, t));
            var k = features("keyFeatures", head, key(row, head, t));
            double input = Math.exp(gate("inputGate", row, head, t));
            double forget = sigmoid(gate("forgetGate", row, head, t));
            var v = value(row, head, t);
            double denominator = 0;
            for (int i = 0; i < width; i++) {
                for (int j = 0; j < width; j++) {
                    memory[i][j] = forget * memory[i][j] + input * k[i] * v[j];
                }
                normalizer[i] = forget * normalizer[i] + input * k[i];
                denominator += q[i] * normalizer[i];
            }
            double share = share(row, head, t);
            hidden[t] = window(row, head, t);
            for (int j = 0; j < width; j++) {
                double read = 0;
                for (int i = 0; i < width; i++) {
                    read += q[i] * memory[i][j];
                }
                hidden[t][j] = share * read / denominator + (1 - share) * hidden[t][j];
            }
        }
    }

    /** softmax(q · k / √headDim) v over what the window and the sinks show. */
    private double[] window(int row, int head, int t) {
        int start = t;
        while (start > 0 && documents[row][start - 1] == documents[row][t]) {
            start--;
        }
        var out = new double[spec.headDim()];
        double sum = 0;
        for (int s = start; s <= t; s++) {
            if (t - s < spec.window() || s - start < spec.sinks()) {
                double weight = Math.exp(dot(query(row, head, t), key(row, head, s)) / Math.sqrt(spec.headDim()));
                sum += weight;
                var v = value(row, head, s);
                for (int j = 0; j < out.length; j++) {
                    out[j] += weight * v[j];
                }
            }
        }
        for (int j = 0; j < out.length; j++) {
            out[j] /= sum;
        }
        return out;
    }

    private double share(int row, int head, int t) {
        int width = spec.headDim();
        var weight = slice("outputGateWeight", head, 3 * width);
        double sum = given.get("outputGateBias")[head];
        var read = new double[][] {query(row, head, t), key(row, head, t), value(row, head, t)};
        for (int i = 0; i < read.length; i++) {
            sum += dot(Arrays.copyOfRange(weight, i * width, (i + 1) * width), read[i]);
        }
        return sigmoid(sum);
    }

    private double gate(String name, int row, int head, int t) {
        return given.get(name + "Bias")[head] + dot(slice(name + "Weight", head, hiddenSize),
                slice("x", row * spec.time() + t, hiddenSize));
    }

    private double[] features(String name, int head, double[] x) {
        var features = new double[x.length];
        var weight = given.get(name);
        double sum = 0;
        for (int j = 0; j < x.length; j++) {
            for (int i = 0; i < x.length; i++) {
                features[j] += x[i] * weight[(head * x.length + i) * x.length + j];
            }
            features[j] = Math.exp(features[j]);
            sum += features[j];
        }
        for (int j = 0; j < x.length; j++) {
            features[j] /= sum;
        }
        return features;
    }

    private double[] query(int row, int head, int t) {
        return slice("query", (row * spec.heads() + head) * spec.time() + t, spec.headDim());
    }

    private double[] key(int row, int head, int t) {
        return slice("key", shared(row, head) * spec.time() + t, spec.headDim());
    }

    private double[] value(int row, int head, int t) {
        return slice("value", shared(row, head) * spec.time() + t, spec.headDim());
    }

    /** The key-value head that a head reads, counted over rows. */
    private int shared(int row, int head) {
        return row * spec.keyValueHeads() + head / (spec.heads() / spec.keyValueHeads());
    }

    /** Row {@code index} of so many elements. */
    private double[] slice(String name, int index, int width) {
        return Arrays.copyOfRange(given.get(name), index * width, (index + 1) * width);
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
