package org.xlstm4j.ops.loss;

import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.loss.LogSumExp.Shifted;

/** Losses a token, to be weighted and averaged by the caller. */
public final class TokenLoss {

    private TokenLoss() {
    }

    /**
     * −log p(target) = logsumexp(z) − z[target].
     *
     * @param logits    z, [tokens, vocabSize]
     * @param targets   [tokens], integer, each in [0, vocabSize)
     * @param vocabSize width of the logits
     * @return [tokens, 1]
     */
    public static SDVariable crossEntropy(SDVariable logits, SDVariable targets, int vocabSize) {
        return crossEntropy(Shifted.of(logits), targets, vocabSize);
    }

    /**
     * The spec's {@link Divergence} from the teacher; KL(p_T ‖ p_θ) over the teacher's top-k unless it says otherwise,
     * both renormalised over these k: Σ_j p_j (log p_j − log q_j) with q the softmax of the student's logits at the
     * teacher's ids alone.
     *
     * @param logits        the student's, [tokens, vocabSize]
     * @param teacherIds    [tokens, k], int, each in [0, vocabSize), distinct within a row
     * @param teacherLogits [tokens, k], the teacher's log-probabilities or logits at these ids, up to a constant a row;
     *                      k + 1 where the spec's tail is given, and normalised log-probabilities where it is the rest
     * @return [tokens, 1]
     */
    public static SDVariable sparseKl(LossSpec spec, SDVariable logits, SDVariable teacherIds,
                                      SDVariable teacherLogits) {
        return ComposedSparseKl.apply(spec, Shifted.of(logits), teacherIds, teacherLogits);
    }

    /**
     * Cross-entropy and sparse KL of the same logits.
     *
     * @param crossEntropy [tokens, 1]
     * @param sparseKl     [tokens, 1]
     */
    public record Distillation(SDVariable crossEntropy, SDVariable sparseKl) {
    }

    /** Both parts of stage II's loss (arXiv 2603.15590, Eq. 13), from one pass over the logits. */
    public static Distillation distillation(LossSpec spec, SDVariable logits, SDVariable targets,
                                            SDVariable teacherIds, SDVariable teacherLogits) {
        var shifted = Shifted.of(logits);
        return new Distillation(crossEntropy(shifted, targets, spec.vocabSize()),
                ComposedSparseKl.apply(spec, shifted, teacherIds, teacherLogits));
    }

    private static SDVariable crossEntropy(Shifted shifted, SDVariable targets, int vocabSize) {
        var sd = targets.getSameDiff();
        var chosen = sd.oneHot(targets, vocabSize, -1, 1.0, 0.0, shifted.logits().dataType());
        return shifted.logSum().sub(shifted.logits().mul(chosen).sum(true, 1));
    }
}
