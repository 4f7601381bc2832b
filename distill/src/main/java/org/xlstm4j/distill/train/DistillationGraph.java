package org.xlstm4j.distill.train;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.distill.targets.TargetBatch;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.loss.HeadLoss;
import org.xlstm4j.ops.loss.HeadLossSpec;
import org.xlstm4j.ops.loss.LossSum;
import org.xlstm4j.ops.loss.TokenLoss;

/** A student with stage II's loss as a graph, for batches of one shape. */
final class DistillationGraph implements AutoCloseable {
    private static final String TARGETS = "targets";
    private static final String TEACHER_IDS = "teacherIds";
    private static final String TEACHER_LOG_PROBABILITIES = "teacherLogProbabilities";
    private static final String WEIGHTS = "weights";

    private final LmGraph lm;
    private final TokenLoss.Distillation losses;
    private final LossGraph graph;
    private final int tokens;
    private final int topK;

    /** @param differentiated parameters that gradients are needed of */
    DistillationGraph(CausalLm student, TargetSource source, DistillationOptions options,
                      List<String> differentiated) {
        this.lm = LmGraph.of(student, source.time(), differentiated::contains, options.activations());
        this.tokens = source.batch() * source.time();
        this.topK = source.topK();
        var sd = lm.sameDiff();
        var targets = sd.placeHolder(TARGETS, DataType.INT32, tokens);
        var teacherIds = sd.placeHolder(TEACHER_IDS, DataType.INT32, tokens, topK);
        var teacherLogs = sd.placeHolder(TEACHER_LOG_PROBABILITIES, DataType.FLOAT, tokens, topK);
        var weights = sd.placeHolder(WEIGHTS, DataType.FLOAT, tokens, 1);
        this.losses = HeadLoss.distillation(new HeadLossSpec(tokens, student.config().vocabSize(), topK), lm.last(),
                lm.head(), targets, teacherIds, teacherLogs);
        var loss = LossSum.of(List.of(new LossSum.Part(losses.crossEntropy(), options.crossEntropyWeight()),
                new LossSum.Part(losses.sparseKl(), options.klWeight())), weights);
        this.graph = new LossGraph(loss, differentiated);
    }

    /**
     * Loss and gradients of a batch.
     *
     * @param scale     what both are multiplied by
     * @param weightSum what the weights are divided by: their sum, so that the loss is a mean over counted targets
     */
    LossGraph.Result run(TargetBatch batch, double scale, double weightSum) {
        return graph.run(feed(batch, scale, weightSum));
    }

    void recycle(LossGraph.Result result) {
        graph.recycle(result);
    }

    private Map<String, INDArray> feed(TargetBatch batch, double scale, double weightSum) {
        var packed = batch.tokens();
        long[] pairs = {tokens, topK};
        var feed = LmGraph.feed(packed.tokenBatch());
        feed.put(TARGETS, Nd4j.createFromArray(packed.targets()));
        feed.put(TEACHER_IDS, Nd4j.createFromArray(batch.ids()).reshape('c', pairs));
        feed.put(TEACHER_LOG_PROBABILITIES, Nd4j.createFromArray(batch.logProbabilities()).reshape('c', pairs));
        feed.put(WEIGHTS, Nd4j.createFromArray(meanWeights(packed.weights(), scale, weightSum))
                .reshape('c', new long[] {tokens, 1}));
        return feed;
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
        PlannedSession.use(lm.sameDiff());
        for (var batch : batches) {
            var filled = filled(batch);
            var values = lm.sameDiff().output(feed(filled, 1, 1), losses.crossEntropy().name(),
                    losses.sparseKl().name());
            var weights = filled.tokens().weights();
            crossEntropy += weighted(values.get(losses.crossEntropy().name()), weights);
            kl += weighted(values.get(losses.sparseKl().name()), weights);
            sum += weightSum(filled);
        }
        return new HeldOutLoss(step, crossEntropy / sum, kl / sum);
    }

    /** A batch of fewer rows, filled up with rows that do not count. */
    private TargetBatch filled(TargetBatch batch) {
        var packed = batch.tokens();
        if (packed.ids().length > tokens || batch.ids().length != packed.ids().length * topK
                || packed.time() != lm.time()) {
            throw new IllegalArgumentException("a held-out batch of " + packed.batch() + " rows of " + packed.time()
                    + " tokens does not fit into batches of " + tokens / lm.time() + " rows of " + lm.time()
                    + " with " + topK + " ids a token");
        }
        return packed.ids().length == tokens ? batch : Rows.filled(batch, tokens / lm.time(), topK);
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
        graph.close();
    }
}
