package org.xlstm4j.generate;

/** A model computed logits that are infinite or no numbers, of which no token can be chosen. */
public final class NonFiniteLogitsException extends ArithmeticException {
    private static final long serialVersionUID = 1;

    NonFiniteLogitsException(float least, float largest) {
        super("the model's logits lie between " + least + " and " + largest
                + ": its weights are broken, or too large for float32");
    }
}
