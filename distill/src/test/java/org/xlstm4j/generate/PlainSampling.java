package org.xlstm4j.generate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** The options' definitions, step by step over the sorted vocabulary, in double. */
final class PlainSampling {
    private PlainSampling() {
    }

    static double[] distribution(float[] logits, Set<Integer> before, GenerationOptions options) {
        var scores = IntStream.range(0, logits.length).mapToDouble(id -> {
            double score = logits[id];
            double penalty = before.contains(id) ? options.repetitionPenalty() : 1;
            return (score < 0 ? score * penalty : score / penalty) / options.temperature();
        }).toArray();
        var order = IntStream.range(0, scores.length).boxed()
                .sorted(Comparator.comparingDouble((Integer id) -> -scores[id]).thenComparing(id -> id))
                .mapToInt(id -> id).toArray();
        if (options.topK() > 0) {
            double last = scores[order[Math.min(options.topK(), order.length) - 1]];
            remove(scores, id -> scores[id] < last);
        }
        var probabilities = softmax(scores);
        double sum = 0;
        for (int id : order) {
            // A token is in if those before it have not reached the probability yet.
            if (sum >= options.topP() && options.topP() < 1) {
                scores[id] = Double.NEGATIVE_INFINITY;
            }
            sum += probabilities[id];
        }
        var left = softmax(scores);
        double largest = Arrays.stream(left).max().orElseThrow();
        remove(scores, id -> left[id] < options.minP() * largest);
        return softmax(scores);
    }

    private static void remove(double[] scores, IntPredicate removed) {
        IntStream.range(0, scores.length).filter(removed).forEach(id -> scores[id] = Double.NEGATIVE_INFINITY);
    }

    private static double[] softmax(double[] scores) {
        double largest = Arrays.stream(scores).max().orElseThrow();
        double sum = Arrays.stream(scores).map(score -> Math.exp(score - largest)).sum();
        return Arrays.stream(scores).map(score -> Math.exp(score - largest) / sum).toArray();
    }
}
