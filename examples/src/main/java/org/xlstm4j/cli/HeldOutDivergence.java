package org.xlstm4j.cli;

import java.util.ArrayList;
import java.util.List;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LmGraph;

/**
 * How well a student predicts text that nothing was trained on, and how far it is from its teacher there: means over
 * the text's tokens that count. The teacher's logits are kept, so this is for small models and little text.
 */
final class HeldOutDivergence {
    private final List<PackedBatch> batches;
    private final List<float[]> teacher;

    HeldOutDivergence(CausalLm teacher, List<PackedBatch> batches) {
        this.batches = List.copyOf(batches);
        this.teacher = logits(teacher);
    }

    /**
     * A student's losses.
     *
     * @param crossEntropy −log p of the next token, in nats
     * @param kl           KL(teacher ‖ student) over the whole vocabulary, in nats
     */
    record Losses(double crossEntropy, double kl) {
    }

    Losses of(CausalLm student) {
        int vocabSize = student.config().vocabSize();
        var logits = logits(student);
        double crossEntropy = 0;
        double kl = 0;
        long tokens = 0;
        for (int i = 0; i < logits.size(); i++) {
            var batch = batches.get(i);
            for (int t = 0; t < batch.targets().length; t++) {
                if (batch.weights()[t] > 0) {
                    int from = t * vocabSize;
                    double normalizer = logSumExp(logits.get(i), from, vocabSize);
                    crossEntropy += normalizer - logits.get(i)[from + batch.targets()[t]];
                    kl += kl(teacher.get(i), logits.get(i), normalizer, from, vocabSize);
                    tokens++;
                }
            }
        }
        return new Losses(crossEntropy / tokens, kl / tokens);
    }

    private static double kl(float[] teacher, float[] student, double studentNormalizer, int from, int length) {
        double normalizer = logSumExp(teacher, from, length);
        double sum = 0;
        for (int i = from; i < from + length; i++) {
            double logProbability = teacher[i] - normalizer;
            sum += Math.exp(logProbability) * (logProbability - (student[i] - studentNormalizer));
        }
        return sum;
    }

    private static double logSumExp(float[] x, int from, int length) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = from; i < from + length; i++) {
            max = Math.max(max, x[i]);
        }
        double sum = 0;
        for (int i = from; i < from + length; i++) {
            sum += Math.exp(x[i] - max);
        }
        return max + Math.log(sum);
    }

    private List<float[]> logits(CausalLm model) {
        var graph = LmGraph.of(model, batches.get(0).time(), name -> false);
        var logits = new ArrayList<float[]>();
        for (var batch : batches) {
            logits.add(graph.output(batch.tokenBatch(), List.of(graph.logits())).get(graph.logits().name())
                    .dup('c').data().asFloat());
        }
        return logits;
    }
}
