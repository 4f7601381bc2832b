package org.xlstm4j.ops.hybrid;

import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The hybrid mixer as its equations stand, step by step in float64 loops, without any stabilisation. */
final class HybridOracle {
    private final HybridSpec spec;
    private final int hiddenSize;
    private final double[][] documents;
    private final Map<String, INDArray> given;

    /** @param documents [batch][time], the number of each token's document */
    HybridOracle(HybridSpec spec, Map<String, INDArray> given, double[][] documents) {
        this.spec = spec;
        this.given = given;
        this.documents = documents;
        this.hiddenSize = (int) given.get("x").size(1);
    }

    /** h, [batch, heads, time, headDim]. */
    INDArray hidden() {
        var hidden = Nd4j.create(DataType.DOUBLE, given.get("query").shape());
        for (int row = 0; row < documents.length; row++) {
            for (int head = 0; head < spec.heads(); head++) {
                head(row, head, hidden);
            }
        }
        return hidden;
    }

    private void head(int row, int head, INDArray hidden) {
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
            double denominator = 0;
            for (int i = 0; i < width; i++) {
                for (int j = 0; j < width; j++) {
                    memory[i][j] = forget * memory[i][j] + input * k[i] * value(row, head, t)[j];
                }
                normalizer[i] = forget * normalizer[i] + input * k[i];
                denominator += q[i] * normalizer[i];
            }
            double share = share(row, head, t);
            var window = window(row, head, t);
            for (int j = 0; j < width; j++) {
                double read = 0;
                for (int i = 0; i < width; i++) {
                    read += q[i] * memory[i][j];
                }
                hidden.putScalar(new int[] {row, head, t, j}, share * read / denominator + (1 - share) * window[j]);
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
                for (int j = 0; j < out.length; j++) {
                    out[j] += weight * value(row, head, s)[j];
                }
            }
        }
        for (int j = 0; j < out.length; j++) {
            out[j] /= sum;
        }
        return out;
    }

    private double share(int row, int head, int t) {
        var weight = given.get("outputGateWeight").getRow(head).toDoubleVector();
        var read = Nd4j.concat(0, Nd4j.createFromArray(query(row, head, t)), Nd4j.createFromArray(key(row, head, t)),
                Nd4j.createFromArray(value(row, head, t))).toDoubleVector();
        return sigmoid(dot(weight, read) + given.get("outputGateBias").getDouble(head));
    }

    private double gate(String name, int row, int head, int t) {
        double sum = given.get(name + "Bias").getDouble(head);
        for (int i = 0; i < hiddenSize; i++) {
            sum += given.get(name + "Weight").getDouble(head, i)
                    * given.get("x").getDouble((long) row * spec.time() + t, i);
        }
        return sum;
    }

    private double[] features(String name, int head, double[] x) {
        var features = new double[x.length];
        double sum = 0;
        for (int j = 0; j < x.length; j++) {
            for (int i = 0; i < x.length; i++) {
                features[j] += x[i] * given.get(name).getDouble(head, i, j);
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
        return vector("query", row, head, t);
    }

    private double[] key(int row, int head, int t) {
        return vector("key", row, head / (spec.heads() / spec.keyValueHeads()), t);
    }

    private double[] value(int row, int head, int t) {
        return vector("value", row, head / (spec.heads() / spec.keyValueHeads()), t);
    }

    private double[] vector(String name, int row, int head, int t) {
        var vector = new double[spec.headDim()];
        for (int j = 0; j < vector.length; j++) {
            vector[j] = given.get(name).getDouble(row, head, t, j);
        }
        return vector;
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
