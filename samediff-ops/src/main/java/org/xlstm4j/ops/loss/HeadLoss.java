package org.xlstm4j.ops.loss;

import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.linear.Linear;

/**
 * The losses of {@link TokenLoss} from what the logits are made of, z = hidden · headᵀ. The fused form makes the logits
 * block by block and keeps none of them, forward or backward.
 */
public final class HeadLoss {
    private static final String NAME = "the loss over the head";

    private HeadLoss() {
    }

    /**
     * −log p(target) = logsumexp(z) − z[target].
     *
     * @param hidden  the final rows, [tokens, hiddenSize]; the number of tokens may be left open
     * @param head    [vocabSize, hiddenSize], of known shape; without a gradient where it is a constant
     * @param targets [tokens], integer, each in [0, vocabSize)
     * @return [tokens, 1]
     */
    public static SDVariable crossEntropy(SDVariable hidden, SDVariable head, SDVariable targets) {
        return Form.isFused(NAME, hidden.dataType())
                ? new HeadLossOp(hidden, head, targets).outputVariables()[0]
                : TokenLoss.crossEntropy(Linear.apply(hidden, head), targets, vocabSize(head));
    }

    /**
     * Both parts of stage II's loss (arXiv 2603.15590, Eq. 13): the cross-entropy, and the divergence from the teacher
     * as {@link TokenLoss#sparseKl} defines it.
     *
     * @param hidden        the final rows, [tokens, hiddenSize]
     * @param head          [vocabSize, hiddenSize]; without a gradient where it is a constant
     * @param targets       [tokens], integer, each in [0, vocabSize)
     * @param teacherIds    [tokens, k], int, each in [0, vocabSize), distinct within a row
     * @param teacherLogits [tokens, k], the teacher's log-probabilities or logits at these ids, up to a constant a
     *                      row; k + 1 where the spec's tail is given, and normalised log-probabilities where it is the
     *                      rest; they have no gradient
     */
    public static TokenLoss.Distillation distillation(HeadLossSpec spec, SDVariable hidden, SDVariable head,
                                                      SDVariable targets, SDVariable teacherIds,
                                                      SDVariable teacherLogits) {
        if (!Form.isFused(NAME, hidden.dataType())) {
            return TokenLoss.distillation(spec.ofLogits(), Linear.apply(hidden, head), targets, teacherIds,
                    teacherLogits);
        }
        var outputs = new HeadLossOp(spec.divergence(), hidden, head, teacherLogits, targets, teacherIds)
                .outputVariables();
        return new TokenLoss.Distillation(outputs[0], outputs[3]);
    }

    private static int vocabSize(SDVariable head) {
        var shape = head.getShape();
        if (shape == null || shape.length != 2 || shape[0] < 1) {
            throw new IllegalArgumentException(
                    "the head " + head.name() + " must be a variable or constant of known shape");
        }
        return Math.toIntExact(shape[0]);
    }
}
