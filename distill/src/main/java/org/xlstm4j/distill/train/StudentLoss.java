package org.xlstm4j.distill.train;

import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.loss.HeadLoss;
import org.xlstm4j.ops.loss.HeadLossSpec;
import org.xlstm4j.ops.loss.LossSum;
import org.xlstm4j.ops.loss.TokenLoss;

/** A student with stage II's loss, for batches of one shape. */
interface StudentLoss extends AutoCloseable {

    /** Loss and gradients; {@code targets} are the values of the loss's own placeholders. */
    LossGraph.Result run(TokenBatch batch, Map<String, INDArray> targets);

    /** Takes the gradients of the last run back. */
    void recycle(LossGraph.Result result);

    /** The losses a token, without gradients. */
    TokenLosses losses(TokenBatch batch, Map<String, INDArray> targets);

    @Override
    void close();

    /** Cross-entropy and divergence, [tokens, 1] each. */
    record TokenLosses(INDArray crossEntropy, INDArray kl) {
    }

    /**
     * Stage II's loss in a graph, over what the head reads.
     *
     * @param parts a token each
     * @param loss  the scalar to lower
     */
    record Head(TokenLoss.Distillation parts, SDVariable loss) {
        static final String TARGETS = "targets";
        static final String TEACHER_IDS = "teacherIds";
        static final String TEACHER_LOG_PROBABILITIES = "teacherLogProbabilities";
        static final String WEIGHTS = "weights";

        static Head of(SameDiff sd, SDVariable last, SDVariable head, HeadLossSpec spec, DistillationOptions options) {
            var targets = sd.placeHolder(TARGETS, DataType.INT32, spec.tokens());
            var ids = sd.placeHolder(TEACHER_IDS, DataType.INT32, spec.tokens(), spec.topK());
            var logs = sd.placeHolder(TEACHER_LOG_PROBABILITIES, DataType.FLOAT, spec.tokens(),
                    spec.divergence().teacherValues(spec.topK()));
            var weights = sd.placeHolder(WEIGHTS, DataType.FLOAT, spec.tokens(), 1);
            var parts = HeadLoss.distillation(spec, last, head, targets, ids, logs);
            return new Head(parts, LossSum.of(
                    List.of(new LossSum.Part(parts.crossEntropy(), options.crossEntropyWeight()),
                            new LossSum.Part(parts.sparseKl(), options.klWeight())), weights));
        }

        TokenLosses of(Map<String, INDArray> values) {
            return new TokenLosses(values.get(parts.crossEntropy().name()), values.get(parts.sparseKl().name()));
        }

        String[] names() {
            return new String[] {parts.crossEntropy().name(), parts.sparseKl().name()};
        }
    }
}
