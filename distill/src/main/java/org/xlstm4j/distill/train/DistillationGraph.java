package org.xlstm4j.distill.train;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.distill.targets.TargetBatch;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.ops.loss.Divergence;
import org.xlstm4j.ops.loss.HeadLossSpec;

/** Batches of targets as a student's loss reads them. */
final class DistillationGraph implements AutoCloseable {
    private final StudentLoss student;
    private final int tokens;
    private final int time;
    private final int topK;
    private final Divergence divergence;

    /** @param differentiated parameters that gradients are needed of */
    DistillationGraph(CausalLm student, TargetSource source, DistillationOptions options,
                      List<String> differentiated) {
        this.time = source.time();
        this.tokens = source.batch() * time;
        this.topK = source.topK();
        this.divergence = options.divergence();
        var spec = new HeadLossSpec(tokens, student.config().vocabSize(), topK, divergence);
        this.student = options.recompute() == 0 ? new WholeStudent(student, time, spec, options, differentiated)
                : new SegmentedStudent(student, time, spec, options, differentiated);
    }

    /**
     * Loss and gradients of a batch.
     *
     * @param scale     what both are multiplied by
     * @param weightSum what the weights are divided by: their sum, so that the loss is a mean over counted targets
     */
    LossGraph.Result run(TargetBatch batch, double scale, double weightSum) {
        return student.run(batch.tokens().tokenBatch(), targets(batch, scale, weightSum));
    }

    void recycle(LossGraph.Result result) {
        student.recycle(result);
    }

    private Map<String, INDArray> targets(TargetBatch batch, double scale, double weightSum) {
        var packed = batch.tokens();
        return Map.of(StudentLoss.Head.TARGETS, Nd4j.createFromArray(packed.targets()),
                StudentLoss.Head.TEACHER_IDS, Nd4j.createFromArray(batch.ids()).reshape('c', tokens, topK),
                StudentLoss.Head.TEACHER_LOG_PROBABILITIES,
                Nd4j.createFromArray(teacherValues(batch)).reshape('c', tokens, divergence.teacherValues(topK)),
                StudentLoss.Head.WEIGHTS, Nd4j.createFromArray(meanWeights(packed.weights(), scale, weightSum))
                        .reshape('c', tokens, 1));
    }

    /** The teacher's log-probabilities, each token's followed by its tail's where the divergence reads that. */
    private float[] teacherValues(TargetBatch batch) {
        if (divergence.tail() != Divergence.Tail.GIVEN) {
            return batch.logProbabilities();
        }
        if (batch.tailLogProbabilities().length == 0) {
            throw new IllegalArgumentException("the targets have no tail: capture them with it, or take what the"
                    + " likeliest ids leave (Tail.REST)");
        }
        var values = new float[tokens * (topK + 1)];
        for (int token = 0; token < tokens; token++) {
            System.arraycopy(batch.logProbabilities(), token * topK, values, token * (topK + 1), topK);
            values[token * (topK + 1) + topK] = batch.tailLogProbabilities()[token];
        }
        return values;
    }

    private static float[] meanWeights(float[] weights, double scale, double sum) {
        var scaled = new float[weights.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = sum == 0 ? 0 : (float) (weights[i] / sum * scale);
        }
        return scaled;
    }

    /** Sum of a batch's weights. */
    static double weightSum(TargetBatch batch) {
        double sum = 0;
        for (float weight : batch.tokens().weights()) {
            sum += weight;
        }
        return sum;
    }

    /** Means over the counted targets of all batches, of as many rows as those in training or fewer. */
    HeldOutLoss measure(List<TargetBatch> batches, int step) {
        double crossEntropy = 0;
        double kl = 0;
        double sum = 0;
        for (var batch : batches) {
            var filled = filled(batch);
            var losses = student.losses(filled.tokens().tokenBatch(), targets(filled, 1, 1));
            var weights = filled.tokens().weights();
            crossEntropy += weighted(losses.crossEntropy(), weights);
            kl += weighted(losses.kl(), weights);
            sum += weightSum(filled);
        }
        return new HeldOutLoss(step, crossEntropy / sum, kl / sum);
    }

    /** A batch of fewer rows, filled up with rows that do not count. */
    private TargetBatch filled(TargetBatch batch) {
        requireFits(batch);
        return batch.tokens().ids().length == tokens ? batch : Rows.filled(batch, tokens / time, topK);
    }

    /** Refuses rows that cannot be measured on. */
    void requireFits(TargetBatch batch) {
        var packed = batch.tokens();
        if (packed.ids().length > tokens || batch.ids().length != packed.ids().length * topK
                || packed.time() != time) {
            throw new IllegalArgumentException("a held-out batch of " + packed.batch() + " rows of " + packed.time()
                    + " tokens does not fit into batches of " + tokens / time + " rows of " + time
                    + " with " + topK + " ids a token: capture both alike");
        }
    }

    private static double weighted(INDArray losses, float[] weights) {
        var values = losses.data().asFloat();
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            // A row that does not count may hold what is not a number.
            sum += weights[i] == 0 ? 0 : (double) weights[i] * values[i];
        }
        return sum;
    }

    @Override
    public void close() {
        student.close();
    }
}
