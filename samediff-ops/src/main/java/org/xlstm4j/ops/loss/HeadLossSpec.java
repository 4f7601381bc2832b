package org.xlstm4j.ops.loss;

/**
 * Shapes and kind of the losses of distillation over a language-model head.
 *
 * @param tokens     rows of hidden states
 * @param vocabSize  rows of the head
 * @param topK       teacher ids a token
 * @param divergence from the teacher
 */
public record HeadLossSpec(int tokens, int vocabSize, int topK, Divergence divergence) {
    public HeadLossSpec {
        check(tokens, vocabSize, topK, divergence);
    }

    /** The forward KL over the teacher's k ids. */
    public HeadLossSpec(int tokens, int vocabSize, int topK) {
        this(tokens, vocabSize, topK, Divergence.FORWARD_KL);
    }

    static void check(int tokens, int vocabSize, int topK, Divergence divergence) {
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens must be positive, was " + tokens);
        }
        if (topK < 1 || topK > vocabSize) {
            throw new IllegalArgumentException(
                    "topK must lie between 1 and the vocabulary's " + vocabSize + ", was " + topK);
        }
        if (divergence == null) {
            throw new IllegalArgumentException("a divergence must be given, such as Divergence.FORWARD_KL");
        }
        if (divergence.hasTail() && topK == vocabSize) {
            throw new IllegalArgumentException("topK is the whole vocabulary, " + vocabSize + ": nothing is left for a"
                    + " tail; ask for Tail.NONE");
        }
    }

    /** The losses of logits that are kept, which one array must be able to hold. */
    LossSpec ofLogits() {
        return new LossSpec(tokens, vocabSize, topK, divergence);
    }
}
