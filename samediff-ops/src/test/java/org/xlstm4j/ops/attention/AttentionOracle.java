package org.xlstm4j.ops.attention;

import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Softmax attention in a plain triple loop, float64, with its gradients by hand. */
final class AttentionOracle {
    private final AttentionSpec spec;
    private final Visibility visibility;
    private final int batch;
    private final int queries;
    private final double[] query;
    private final double[] key;
    private final double[] value;
    private final double[] upstream;
    private final double[] out;
    private final double[] dQuery;
    private final double[] dKey;
    private final double[] dValue;

    /** Whether a query of a row sees a key. */
    interface Visibility {
        boolean sees(int row, int query, int key);
    }

    private AttentionOracle(AttentionSpec spec, Map<String, INDArray> given, Visibility visibility) {
        this.spec = spec;
        this.visibility = visibility;
        this.batch = (int) given.get("query").size(0);
        this.queries = (int) given.get("query").size(2);
        this.query = flat(given.get("query"));
        this.key = flat(given.get("key"));
        this.value = flat(given.get("value"));
        this.upstream = flat(given.get("doutput"));
        this.out = new double[upstream.length];
        this.dQuery = new double[query.length];
        this.dKey = new double[key.length];
        this.dValue = new double[value.length];
    }

    /**
     * Output and gradients by name.
     *
     * @param given query, key, value, and doutput, the gradient that arrives at the output
     */
    static Map<String, INDArray> evaluate(AttentionSpec spec, Map<String, INDArray> given, Visibility visibility) {
        var oracle = new AttentionOracle(spec, given, visibility);
        for (int row = 0; row < oracle.batch; row++) {
            for (int head = 0; head < spec.heads(); head++) {
                for (int t = 0; t < oracle.queries; t++) {
                    oracle.attend(row, head, t);
                }
            }
        }
        var results = new HashMap<String, INDArray>();
        results.put("output", Nd4j.createFromArray(oracle.out).reshape(given.get("doutput").shape()));
        results.put("dquery", Nd4j.createFromArray(oracle.dQuery).reshape(given.get("query").shape()));
        results.put("dkey", Nd4j.createFromArray(oracle.dKey).reshape(given.get("key").shape()));
        results.put("dvalue", Nd4j.createFromArray(oracle.dValue).reshape(given.get("value").shape()));
        return results;
    }

    /** What the spec's causality and window let through; {@code documents} [row][time] or null. */
    static Visibility causal(AttentionSpec spec, int[][] documents) {
        return (row, t, s) -> {
            if (s > t || documents != null && documents[row][s] != documents[row][t]) {
                return false;
            }
            int start = s;
            while (start > 0 && (documents == null || documents[row][start - 1] == documents[row][s])) {
                start--;
            }
            int position = s - start;
            return spec.window().map(window -> t - s < window.size() || position < window.sinks()).orElse(true);
        };
    }

    private void attend(int row, int head, int t) {
        int keyHead = head / (spec.heads() / spec.keyValueHeads());
        int keys = (row * spec.keyValueHeads() + keyHead) * spec.time();
        int q = (row * spec.heads() + head) * queries + t;
        var weights = weights(row, t, q, keys);

        var dWeights = new double[spec.time()];
        double mean = 0;
        for (int s = 0; s < spec.time(); s++) {
            for (int v = 0; v < spec.valueDim(); v++) {
                int from = (keys + s) * spec.valueDim() + v;
                int to = q * spec.valueDim() + v;
                out[to] += weights[s] * value[from];
                dWeights[s] += upstream[to] * value[from];
                dValue[from] += weights[s] * upstream[to];
            }
            mean += weights[s] * dWeights[s];
        }
        for (int s = 0; s < spec.time(); s++) {
            double dScore = weights[s] * (dWeights[s] - mean) * spec.scale();
            for (int j = 0; j < spec.headDim(); j++) {
                dQuery[q * spec.headDim() + j] += dScore * key[(keys + s) * spec.headDim() + j];
                dKey[(keys + s) * spec.headDim() + j] += dScore * query[q * spec.headDim() + j];
            }
        }
    }

    private double[] weights(int row, int t, int q, int keys) {
        var weights = new double[spec.time()];
        double sum = 0;
        for (int s = 0; s < weights.length; s++) {
            if (visibility.sees(row, t, s)) {
                double score = 0;
                for (int j = 0; j < spec.headDim(); j++) {
                    score += query[q * spec.headDim() + j] * key[(keys + s) * spec.headDim() + j];
                }
                weights[s] = Math.exp(score * spec.scale());
                sum += weights[s];
            }
        }
        for (int s = 0; s < weights.length; s++) {
            weights[s] /= sum;
        }
        return weights;
    }

    private static double[] flat(INDArray x) {
        return x.castTo(DataType.DOUBLE).dup('c').data().asDouble();
    }
}
