package org.xlstm4j.layers.distillation;

import java.util.List;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.xlstm4j.ops.loss.Divergence;
import org.xlstm4j.ops.loss.Divergence.Tail;

/**
 * The loss of a student that learns from labels and from a teacher at once: γ · cross-entropy + β · divergence, a DL4J
 * loss for {@code OutputLayer}, {@code RnnOutputLayer}, {@code LossLayer} and {@code RnnLossLayer} with the activation
 * softmax or identity, in a MultiLayerNetwork or ComputationGraph.
 *
 * <p>Labels hold, along the axis of the classes, [minibatch, width] or [minibatch, width, time],
 * <pre>
 *   top k     target id, k ids, k log-probabilities                          width 2k + 1
 *             the same, then the tail's log-probability (Tail.GIVEN)         width 2k + 2
 *   dense     target id, nOut log-probabilities or logits                    width nOut + 1
 *             nOut log-probabilities or logits (γ = 0)                       width nOut
 * </pre>
 * in float32 or float64. {@link TeacherLabels} packs them, and {@link DistillationIterator} does so for every minibatch
 * of an ordinary iterator. Rows that a label mask leaves out have no loss and no gradient, whatever their labels say;
 * masks are a number a row, [minibatch, 1] or [minibatch, time]. Evaluations need the ordinary labels.
 *
 * <p>Computed in float64 in Java, spread over the cores: 4 passes over the outputs a minibatch.
 */
public final class DistillationLoss implements ILossFunction {
    private static final long serialVersionUID = 1L;

    @JsonProperty
    private final int topK;
    @JsonProperty
    private final double labelWeight;
    @JsonProperty
    private final double teacherWeight;
    @JsonProperty
    private final double beta;
    @JsonProperty
    private final double temperature;
    @JsonProperty
    private final Tail tail;

    @JsonCreator
    private DistillationLoss(@JsonProperty("topK") int topK, @JsonProperty("labelWeight") double labelWeight,
            @JsonProperty("teacherWeight") double teacherWeight, @JsonProperty("beta") double beta,
            @JsonProperty("temperature") double temperature, @JsonProperty("tail") Tail tail) {
        this.topK = topK;
        this.labelWeight = weight("labelWeight", labelWeight);
        this.teacherWeight = weight("teacherWeight", teacherWeight);
        this.beta = beta;
        this.temperature = temperature;
        this.tail = tail;
        if (topK < 0) {
            throw new IllegalArgumentException("topK must be positive, or 0 for all classes, was " + topK);
        }
        if (divergence().hasTail() && topK == 0) {
            throw new IllegalArgumentException("with all classes nothing is left for a tail: set topK, or Tail.NONE");
        }
    }

    private static double weight(String name, double weight) {
        if (!(weight >= 0 && Double.isFinite(weight))) {
            throw new IllegalArgumentException(name + " must be finite and not negative, was " + weight);
        }
        return weight;
    }

    /** Settings of a {@link DistillationLoss}: all classes, 0.9 · cross-entropy + 0.1 · KL(teacher ‖ student). */
    public static final class Builder {
        private int topK;
        private double labelWeight = 0.9;
        private double teacherWeight = 0.1;
        private Divergence divergence = Divergence.FORWARD_KL;

        /** Labels have the teacher's k likeliest classes; 0, the default, all of them. */
        public Builder topK(int k) {
            this.topK = k;
            return this;
        }

        /** γ, of the cross-entropy with the target. */
        public Builder labelWeight(double gamma) {
            this.labelWeight = gamma;
            return this;
        }

        /** β, of the divergence from the teacher. */
        public Builder teacherWeight(double weight) {
            this.teacherWeight = weight;
            return this;
        }

        /** Which divergence, temperature and tail. */
        public Builder divergence(Divergence other) {
            this.divergence = other;
            return this;
        }

        /**
         * @throws IllegalArgumentException if a weight is negative or not finite, topK negative, or a tail is asked for
         *                                  beside all classes
         */
        public DistillationLoss build() {
            return new DistillationLoss(topK, labelWeight, teacherWeight, divergence.beta(), divergence.temperature(),
                    divergence.tail());
        }
    }

    /** The teacher's classes a row; 0 where labels have all of them. */
    public int topK() {
        return topK;
    }

    /** γ, of the cross-entropy with the target. */
    public double labelWeight() {
        return labelWeight;
    }

    /** β, of the divergence from the teacher. */
    public double teacherWeight() {
        return teacherWeight;
    }

    /** The divergence from the teacher. */
    public Divergence divergence() {
        return new Divergence(beta, temperature, tail);
    }

    /** The same with other weights, such as 0 and 1 to judge a student by its teacher alone. */
    public DistillationLoss withWeights(double gamma, double ofTeacher) {
        return new DistillationLoss(topK, gamma, ofTeacher, beta, temperature, tail);
    }

    @Override
    public double computeScore(INDArray labels, INDArray preOutput, IActivation activationFn, INDArray mask,
            boolean average) {
        return RowLosses.of(this, labels, logits(preOutput, activationFn), mask, false).sum(average);
    }

    @Override
    public INDArray computeScoreArray(INDArray labels, INDArray preOutput, IActivation activationFn, INDArray mask) {
        return RowLosses.of(this, labels, logits(preOutput, activationFn), mask, false).scores(preOutput.dataType());
    }

    @Override
    public INDArray computeGradient(INDArray labels, INDArray preOutput, IActivation activationFn, INDArray mask) {
        return RowLosses.of(this, labels, logits(preOutput, activationFn), mask, true).gradient(preOutput.dataType());
    }

    @Override
    public Pair<Double, INDArray> computeGradientAndScore(INDArray labels, INDArray preOutput,
            IActivation activationFn, INDArray mask, boolean average) {
        var losses = RowLosses.of(this, labels, logits(preOutput, activationFn), mask, true);
        return Pair.of(losses.sum(average), losses.gradient(preOutput.dataType()));
    }

    private static INDArray logits(INDArray preOutput, IActivation activation) {
        if (activation instanceof ActivationSoftmax || activation instanceof ActivationIdentity) {
            return preOutput;
        }
        throw new IllegalArgumentException("a DistillationLoss needs an output layer with the activation SOFTMAX or"
                + " IDENTITY, was " + activation);
    }

    @Override
    public String name() {
        return toString();
    }

    private List<Object> settings() {
        return List.of(topK, labelWeight, teacherWeight, beta, temperature, tail);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DistillationLoss loss && settings().equals(loss.settings());
    }

    @Override
    public int hashCode() {
        return settings().hashCode();
    }

    @Override
    public String toString() {
        return "DistillationLoss(topK=" + topK + ", labelWeight=" + labelWeight + ", teacherWeight=" + teacherWeight
                + ", " + divergence() + ")";
    }
}
