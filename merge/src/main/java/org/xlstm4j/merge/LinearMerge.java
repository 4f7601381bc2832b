package org.xlstm4j.merge;

import java.util.List;
import java.util.Objects;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The weighted mean θ = Σ λ_i θ(i) (arXiv 2603.15590, Eq. 14).
 *
 * <p>Summed in float64, in the order of the experts, and rounded once to the first expert's data type. Experts of
 * coefficient zero are left out, so that a coefficient of one gives that expert, bit by bit.
 *
 * @param coefficients λ, one per expert
 */
public record LinearMerge(Coefficients coefficients) implements MergeMethod {

    public LinearMerge {
        Objects.requireNonNull(coefficients, "coefficients");
    }

    @Override
    public void requireExperts(int experts) {
        if (experts != coefficients.experts()) {
            throw new IllegalArgumentException("coefficients " + coefficients + " are for " + coefficients.experts()
                    + " experts, but there are " + experts + ": give one coefficient for every expert");
        }
    }

    @Override
    public INDArray merge(String name, List<INDArray> experts) {
        requireExperts(experts.size());
        INDArray sum = null;
        for (int i = 0; i < experts.size(); i++) {
            double coefficient = coefficients.get(i);
            if (coefficient == 0) {
                continue;
            }
            INDArray term = Nd4j.createUninitialized(DataType.DOUBLE, experts.get(i).shape(), 'c')
                    .assign(experts.get(i)).muli(coefficient);
            if (sum == null) {
                sum = term;
            } else {
                sum.addi(term);
                term.close();
            }
        }
        return rounded(sum, experts.get(0).dataType());
    }

    private static INDArray rounded(INDArray sum, DataType type) {
        if (type == DataType.DOUBLE) {
            return sum;
        }
        INDArray rounded = sum.castTo(type);
        sum.close();
        return rounded;
    }
}
