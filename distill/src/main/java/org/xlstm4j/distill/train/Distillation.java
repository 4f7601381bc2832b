package org.xlstm4j.distill.train;

import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.distill.targets.TargetBatch;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.ops.loss.HeadLoss;
import org.xlstm4j.ops.loss.HeadLossSpec;
import org.xlstm4j.ops.loss.LossSum;

/**
 * Stage II, sparse knowledge distillation: L = γ · CE + β · KL over the teacher's top-k (arXiv 2603.15590, Eq. 13), a
 * mean over the counted targets of a batch. All parameters train, end to end; the teacher speaks through its store.
 */
public final class Distillation {
    private static final String TARGETS = "targets";
    private static final String TEACHER_IDS = "teacherIds";
    private static final String TEACHER_LOG_PROBABILITIES = "teacherLogProbabilities";
    private static final String WEIGHTS = "weights";
    private static final int STEPS_BETWEEN_COLLECTIONS = 16;

    private final DistillationOptions options;
    private final TargetStore store;
    private final LossGraph graph;
    private final AdamW optimizer;

    /**
     * @param student trained in place
     * @param store   the teacher's targets, which fit the student
     */
    public Distillation(CausalLm student, TargetStore store, DistillationOptions options) {
        this.options = options;
        this.store = store;
        var header = store.header();
        var lm = LmGraph.of(student, header.time(), name -> true, options.activations());
        this.graph = new LossGraph(loss(lm, student.config().vocabSize()),
                List.copyOf(student.parameters().keySet()));
        this.optimizer = new AdamW(options.optimizer(), student.parameters());
    }

    private SDVariable loss(LmGraph lm, int vocabSize) {
        var sd = lm.sameDiff();
        int tokens = options.batch() * lm.time();
        int k = store.header().topK();
        var targets = sd.placeHolder(TARGETS, DataType.INT32, tokens);
        var teacherIds = sd.placeHolder(TEACHER_IDS, DataType.INT32, tokens, k);
        var teacherLogs = sd.placeHolder(TEACHER_LOG_PROBABILITIES, DataType.FLOAT, tokens, k);
        var weights = sd.placeHolder(WEIGHTS, DataType.FLOAT, tokens, 1);
        var losses = HeadLoss.distillation(new HeadLossSpec(tokens, vocabSize, k), lm.last(), lm.head(), targets,
                teacherIds, teacherLogs);
        return LossSum.of(List.of(new LossSum.Part(losses.crossEntropy(), options.crossEntropyWeight()),
                new LossSum.Part(losses.sparseKl(), options.klWeight())), weights);
    }

    /**
     * Trains for {@code options.steps()} steps.
     *
     * @param listener told after every step
     * @throws ArithmeticException if the loss or the gradient is no longer finite; the student is then as the last
     *                             good step left it
     */
    public void train(Consumer<TrainingProgress> listener) throws IOException {
        try (graph) {
            steps(listener);
        }
    }

    private void steps(Consumer<TrainingProgress> listener) throws IOException {
        long tokens = 0;
        int epoch = 0;
        Iterator<List<Integer>> rows = store.epoch(options.batch(), options.seed(), epoch).iterator();
        for (int step = 1; step <= options.steps(); step++) {
            if (!rows.hasNext()) {
                rows = store.epoch(options.batch(), options.seed(), ++epoch).iterator();
            }
            var batch = store.read(rows.next());
            double rate = optimizer.learningRate();
            var result = graph.run(feed(batch));
            if (!Double.isFinite(result.loss())) {
                throw new ArithmeticException("the loss is " + result.loss() + " at step " + step
                        + ": lower the learning rate or look for broken data");
            }
            optimizer.step(result.gradients());
            graph.recycle(result);
            tokens += batch.tokens().tokens();
            if (step % STEPS_BETWEEN_COLLECTIONS == 0) {
                // A step leaves tens of megabytes outside the heap, where nothing else asks for a collection.
                System.gc();
            }
            listener.accept(new TrainingProgress(step, options.steps(), tokens, result.loss(), rate));
        }
    }

    private Map<String, INDArray> feed(TargetBatch batch) {
        var packed = batch.tokens();
        int k = store.header().topK();
        long[] pairs = {packed.ids().length, k};
        var feed = LmGraph.feed(packed.tokenBatch());
        feed.put(TARGETS, Nd4j.createFromArray(packed.targets()));
        feed.put(TEACHER_IDS, Nd4j.createFromArray(batch.ids()).reshape('c', pairs));
        feed.put(TEACHER_LOG_PROBABILITIES, Nd4j.createFromArray(batch.logProbabilities()).reshape('c', pairs));
        feed.put(WEIGHTS, Nd4j.createFromArray(meanWeights(packed.weights()))
                .reshape('c', new long[] {packed.ids().length, 1}));
        return feed;
    }

    /** Weights that sum to one, so that the weighted sum is a mean over the counted targets. */
    private static float[] meanWeights(float[] weights) {
        double sum = 0;
        for (float weight : weights) {
            sum += weight;
        }
        var scaled = new float[weights.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = sum == 0 ? 0 : (float) (weights[i] / sum);
        }
        return scaled;
    }
}
