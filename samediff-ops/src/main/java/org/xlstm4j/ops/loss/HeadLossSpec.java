package org.xlstm4j.ops.loss;

/**
 * Shapes of the losses of distillation over a language-model head.
 *
 * @param tokens    rows of hidden states
 * @param vocabSize rows of the head
 * @param topK      teacher ids a token
 */
public record HeadLossSpec(int tokens, int vocabSize, int topK) {
    public HeadLossSpec {
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens must be positive, was " + tokens);
        }
        if (topK < 1 || topK > vocabSize) {
            throw new IllegalArgumentException(
                    "topK must lie between 1 and the vocabulary's " + vocabSize + ", was " + topK);
        }
    }

    /** The losses of logits that are kept, which one array must be able to hold. */
    LossSpec ofLogits() {
        return new LossSpec(tokens, vocabSize, topK);
    }
}
