package org.xlstm4j.ops.loss;

/**
 * Shapes of the losses of distillation.
 *
 * @param tokens    rows of the logits
 * @param vocabSize width of the logits
 * @param topK      teacher ids a token
 */
public record LossSpec(int tokens, int vocabSize, int topK) {
    public LossSpec {
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens must be positive, was " + tokens);
        }
        if (topK < 1 || topK > vocabSize) {
            throw new IllegalArgumentException(
                    "topK must lie between 1 and the vocabulary's " + vocabSize + ", was " + topK);
        }
        if ((long) tokens * vocabSize > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("logits of " + tokens + " tokens × " + vocabSize
                    + " are more than one array can hold: use fewer tokens a batch");
        }
    }
}
