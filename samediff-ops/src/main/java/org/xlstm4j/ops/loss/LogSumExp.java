package org.xlstm4j.ops.loss;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ops.impl.controlflow.compat.StopGradient;

/** Logits a token with their row maximum taken out, and the logarithm of their sum of exponentials. */
final class LogSumExp {

    private LogSumExp() {
    }

    /**
     * @param logits z − max z, [tokens, vocabSize]
     * @param logSum log Σ e^(z − max z), [tokens, 1]
     * @param max    max z, [tokens, 1]
     */
    record Shifted(SDVariable logits, SDVariable logSum, SDVariable max) {

        static Shifted of(SDVariable logits) {
            var sd = logits.getSameDiff();
            // The maximum cancels out of every loss, so that no gradient need flow through it.
            var max = new StopGradient(sd, logits.max(true, 1)).outputVariable();
            var shifted = logits.sub(max);
            return new Shifted(shifted, sd.math.log(sd.math.exp(shifted).sum(true, 1)), max);
        }
    }
}
