package org.xlstm4j.ops.loss;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;

/** The one number that training lowers: losses a token, scaled, weighted and summed up. */
public final class LossSum {

    private LossSum() {
    }

    /**
     * One of the losses, such as those of {@link HeadLoss}.
     *
     * @param losses [tokens, 1]
     * @param factor what it is scaled by, such as γ or β of arXiv 2603.15590, Eq. 13
     */
    public record Part(SDVariable losses, double factor) {
    }

    /**
     * Σ_t w_t Σ_i factor_i · losses_i[t]: a mean over the counted tokens where the weights sum to one.
     *
     * @param parts   at least one
     * @param weights w, [tokens, 1], float32; without a gradient
     * @return a scalar
     * @throws IllegalArgumentException if there is no part
     */
    public static SDVariable of(List<Part> parts, SDVariable weights) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a sum of losses needs at least one of them");
        }
        return isFused(parts) ? new LossSumOp(parts, weights).outputVariable() : composed(parts, weights);
    }

    private static boolean isFused(List<Part> parts) {
        var type = parts.stream().map(part -> part.losses().dataType()).filter(of -> of != DataType.FLOAT).findFirst();
        return Form.isFused("LossSum", type.orElse(DataType.FLOAT));
    }

    private static SDVariable composed(List<Part> parts, SDVariable weights) {
        return parts.stream().map(part -> part.losses().mul(part.factor())).reduce(SDVariable::add).orElseThrow()
                .mul(weights).sum();
    }
}
