package org.xlstm4j.ops.loss;

/**
 * Shapes and kind of the losses of distillation.
 *
 * @param tokens     rows of the logits
 * @param vocabSize  width of the logits
 * @param topK       teacher ids a token
 * @param divergence from the teacher
 */
public record LossSpec(int tokens, int vocabSize, int topK, Divergence divergence) {
    public LossSpec {
        HeadLossSpec.check(tokens, vocabSize, topK, divergence);
        if ((long) tokens * divergence.classes(vocabSize) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("logits of " + tokens + " tokens × " + vocabSize
                    + " are more than one array can hold: use fewer tokens a batch");
        }
    }

    /** The forward KL over the teacher's k ids. */
    public LossSpec(int tokens, int vocabSize, int topK) {
        this(tokens, vocabSize, topK, Divergence.FORWARD_KL);
    }
}
