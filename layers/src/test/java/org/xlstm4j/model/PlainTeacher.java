package org.xlstm4j.model;

import java.util.Arrays;

/** A teacher in float64 and plain loops, token by token, to hold graphs against. */
final class PlainTeacher {
    private final CausalLm model;
    private final ModelConfig config;

    private PlainTeacher(CausalLm model) {
        this.model = model;
        this.config = model.config();
    }

    /** The logits at every token, [time][vocabSize]. */
    static double[][] logits(CausalLm model, int[] ids) {
        return new PlainTeacher(model).run(ids);
    }

    private double[][] run(int[] ids) {
        var embedding = matrix(ParameterNames.EMBEDDING);
        var stream = new double[ids.length][];
        Arrays.setAll(stream, t -> embedding[ids[t]].clone());
        boolean before = config.traits().norms() == Traits.Norms.BEFORE;
        for (int layer = 0; layer < config.layers(); layer++) {
            var names = ParameterNames.layer(layer);
            var attended = attention(layer, before ? normalized(stream, names.inputNorm()) : stream);
            add(stream, before ? attended : normalized(attended, names.postAttentionNorm()));
            var mapped = mlp(names, before ? normalized(stream, names.postAttentionNorm()) : stream);
            add(stream, before ? mapped : normalized(mapped, names.postFeedforwardNorm()));
        }
        return linear(normalized(stream, ParameterNames.FINAL_NORM),
                config.tiedHead() ? ParameterNames.EMBEDDING : ParameterNames.HEAD, null);
    }

    private double[][] attention(int layer, double[][] x) {
        var names = ParameterNames.layer(layer);
        var query = linear(x, names.query(), names.queryBias());
        var key = linear(x, names.key(), names.keyBias());
        var value = linear(x, names.value(), names.valueBias());
        if (config.traits().queryKeyNorm() != Traits.QueryKeyNorm.NONE) {
            query = normalized(query, names.queryNorm());
            key = normalized(key, names.keyNorm());
        }
        rotate(query, layer);
        rotate(key, layer);
        int width = config.headDim();
        int window = config.window(layer).orElse(Integer.MAX_VALUE);
        var mixed = new double[x.length][config.heads() * width];
        for (int head = 0; head < config.heads(); head++) {
            int of = head / (config.heads() / config.keyValueHeads()) * width;
            for (int t = 0; t < x.length; t++) {
                var weights = new double[t + 1];
                double sum = 0;
                for (int s = Math.max(0, t - window + 1); s <= t; s++) {
                    double score = 0;
                    for (int i = 0; i < width; i++) {
                        score += query[t][head * width + i] * key[s][of + i];
                    }
                    weights[s] = Math.exp(score / Math.sqrt(width));
                    sum += weights[s];
                }
                for (int s = 0; s <= t; s++) {
                    for (int i = 0; i < width; i++) {
                        mixed[t][head * width + i] += weights[s] / sum * value[s][of + i];
                    }
                }
            }
        }
        return linear(mixed, names.output(), names.outputBias());
    }

    private void rotate(double[][] x, int layer) {
        var rope = config.rope(layer);
        var frequencies = rope.inverseFrequencies();
        double factor = rope.scaling().attentionFactor();
        int half = config.headDim() / 2;
        for (int t = 0; t < x.length; t++) {
            for (int first = 0; first < x[t].length; first += 2 * half) {
                for (int pair = 0; pair < half; pair++) {
                    double a = x[t][first + pair];
                    double b = x[t][first + half + pair];
                    double cos = factor * Math.cos(t * frequencies[pair]);
                    double sin = factor * Math.sin(t * frequencies[pair]);
                    x[t][first + pair] = a * cos - b * sin;
                    x[t][first + half + pair] = b * cos + a * sin;
                }
            }
        }
    }

    private double[][] mlp(ParameterNames names, double[][] x) {
        var gate = linear(x, names.gateProjection(), null);
        var up = linear(x, names.upProjection(), null);
        for (int t = 0; t < x.length; t++) {
            for (int i = 0; i < up[t].length; i++) {
                up[t][i] *= gate[t][i] / (1 + Math.exp(-gate[t][i]));
            }
        }
        return linear(up, names.downProjection(), null);
    }

    /** Norms of rows, or where the weight is shorter, of their parts of its length. */
    private double[][] normalized(double[][] x, String name) {
        var weight = model.parameters().get(name).toDoubleVector();
        var y = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            for (int first = 0; first < y[t].length; first += weight.length) {
                double squares = 0;
                for (int i = 0; i < weight.length; i++) {
                    squares += x[t][first + i] * x[t][first + i];
                }
                double scale = 1 / Math.sqrt(squares / weight.length + config.normEps());
                for (int i = 0; i < weight.length; i++) {
                    y[t][first + i] = weight[i] * x[t][first + i] * scale;
                }
            }
        }
        return y;
    }

    /** x · Wᵀ, and the bias added where the model has it. */
    private double[][] linear(double[][] x, String name, String biasName) {
        var weight = matrix(name);
        var bias = biasName == null ? null : model.parameters().get(biasName);
        var y = new double[x.length][weight.length];
        for (int t = 0; t < x.length; t++) {
            for (int out = 0; out < weight.length; out++) {
                y[t][out] = bias == null ? 0 : bias.getDouble(out);
                for (int in = 0; in < x[t].length; in++) {
                    y[t][out] += weight[out][in] * x[t][in];
                }
            }
        }
        return y;
    }

    private double[][] matrix(String name) {
        return model.parameters().get(name).toDoubleMatrix();
    }

    private static void add(double[][] x, double[][] update) {
        for (int t = 0; t < x.length; t++) {
            for (int i = 0; i < x[t].length; i++) {
                x[t][i] += update[t][i];
            }
        }
    }
}
