package org.xlstm4j.ops.loss;

import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * How far a student's distribution is from its teacher's: which divergence, at which temperature, over which classes.
 *
 * <p>With p the teacher's distribution and q the student's, each the softmax of its logits divided by the temperature
 * T, it is T² times
 * <pre>
 *   β = 0       KL(p ‖ q), the forward KL
 *   β = 1       KL(q ‖ p), the reverse KL
 *   0 &lt; β &lt; 1   β KL(p ‖ m) + (1 − β) KL(q ‖ m),  m = β p + (1 − β) q
 * </pre>
 * the last the generalised Jensen-Shannon divergence of GKD (arXiv 2306.13649, Eq. 1), which divided by β tends to the
 * forward KL as β falls to 0, and divided by 1 − β to the reverse one as β rises to 1. The factor T² (Hinton et al.,
 * arXiv 1503.02531) keeps gradients as large as they are at T = 1, where it is 1. A teacher's probability below e^−87
 * counts as e^−87 in the reverse KL, which would be infinite at 0.
 *
 * <p>Classes are the teacher's k ids, over which both distributions are normalised, and one more for the rest of the
 * vocabulary where there is a {@link Tail}. The temperature acts on the classes' probabilities: the student's tail is
 * log Σ e^z over all ids but the k, divided by T as a whole, so that a student that equals its teacher has divergence 0
 * whatever T.
 *
 * @param beta        in [0, 1]
 * @param temperature T, positive
 * @param tail        what of the vocabulary is counted beside the k ids
 */
public record Divergence(double beta, double temperature, Tail tail) {
    /** KL(p ‖ q) over the teacher's k ids at temperature 1: the loss of arXiv 2603.15590, Eq. 13. */
    public static final Divergence FORWARD_KL = new Divergence(0, 1, Tail.NONE);
    /** KL(q ‖ p) over the teacher's k ids at temperature 1. */
    public static final Divergence REVERSE_KL = new Divergence(1, 1, Tail.NONE);

    /** The least that a logarithm of the teacher's probability counts for, e^−87 being about float32's least number. */
    static final double LOWEST_LOG = -87;

    /** The rest of the vocabulary's probability mass, as one more class of teacher and student. */
    public enum Tail {
        /** Left out: the k probabilities are normalised to one on both sides. */
        NONE,
        /** 1 − Σ e^l of the teacher's k log-probabilities l, which must be normalised over its vocabulary. */
        REST,
        /** The last of k + 1 teacher's values: the tail's log-probability, or its logit log Σ e^z. */
        GIVEN
    }

    public Divergence {
        if (!(beta >= 0 && beta <= 1)) {
            throw new IllegalArgumentException("beta must lie between 0 (forward KL) and 1 (reverse KL), was " + beta);
        }
        if (!(temperature > 0 && Double.isFinite(temperature))) {
            throw new IllegalArgumentException("temperature must be positive and finite, was " + temperature);
        }
        if (tail == null) {
            throw new IllegalArgumentException("tail must be one of NONE, REST and GIVEN");
        }
    }

    /** The generalised Jensen-Shannon divergence over the teacher's k ids at temperature 1. */
    public static Divergence jensenShannon(double beta) {
        if (!(beta > 0 && beta < 1)) {
            throw new IllegalArgumentException("beta of a Jensen-Shannon divergence must lie inside (0, 1), was "
                    + beta);
        }
        return new Divergence(beta, 1, Tail.NONE);
    }

    /** The same at another temperature. */
    public Divergence withTemperature(double other) {
        return new Divergence(beta, other, tail);
    }

    /** The same over other classes. */
    public Divergence withTail(Tail other) {
        return new Divergence(beta, temperature, other);
    }

    /** Whether the rest of the vocabulary is one more class. */
    public boolean hasTail() {
        return tail != Tail.NONE;
    }

    /** How many classes k ids make: k, or k + 1 with a tail. */
    public int classes(int k) {
        return hasTail() ? k + 1 : k;
    }

    /** How many values of the teacher belong to k ids: k, or k + 1 where the tail is given. */
    public int teacherValues(int k) {
        return tail == Tail.GIVEN ? k + 1 : k;
    }

    /** Keeps what was chosen as an op's next arguments, two numbers and an integer. */
    void addTo(DynamicCustomOp op) {
        op.addTArgument(beta, temperature);
        op.addIArgument(tail.ordinal());
    }

    /** What an op keeps as its arguments; the forward KL where it was saved without any. */
    static Divergence of(DynamicCustomOp op, int integer) {
        return op.numTArguments() < 2 ? FORWARD_KL
                : new Divergence(op.getTArgument(0), op.getTArgument(1),
                        Tail.values()[op.getIArgument(integer).intValue()]);
    }

    /**
     * The tail's log-probability where the k given ones leave the rest to it.
     *
     * @param sum Σ e^l of the teacher's k log-probabilities
     * @throws IllegalArgumentException if they are no probabilities
     */
    public static double logRest(double sum) {
        if (!(sum <= 1.05)) {
            throw new IllegalArgumentException("the teacher's k probabilities sum up to " + sum + ": a tail of their"
                    + " rest needs log-probabilities that are normalised over the teacher's vocabulary; give the tail's"
                    + " own instead where there are logits (Tail.GIVEN)");
        }
        return Math.log(Math.max(1 - sum, Math.exp(LOWEST_LOG)));
    }

    /**
     * The divergence of one token, in float64.
     *
     * @param teacher  logits or log-probabilities of the classes, up to a constant; overwritten
     * @param student  logits of the same classes, up to a constant; overwritten
     * @param classes  how many of the arrays' first entries count
     * @param gradient is given the gradient with respect to the student's logits
     */
    public double of(double[] teacher, double[] student, int classes, double[] gradient) {
        logSoftmax(teacher, classes);
        logSoftmax(student, classes);
        double divergence = beta == 0 ? forward(teacher, student, classes, gradient)
                : beta == 1 ? reverse(teacher, student, classes, gradient)
                : between(teacher, student, classes, gradient);
        for (int i = 0; i < classes; i++) {
            gradient[i] *= temperature;
        }
        return temperature * temperature * divergence;
    }

    private void logSoftmax(double[] x, int length) {
        double max = x[0];
        for (int i = 1; i < length; i++) {
            max = Math.max(max, x[i]);
        }
        double sum = 0;
        for (int i = 0; i < length; i++) {
            x[i] = (x[i] - max) / temperature;
            sum += Math.exp(x[i]);
        }
        double logSum = Math.log(sum);
        for (int i = 0; i < length; i++) {
            x[i] -= logSum;
        }
    }

    private static double forward(double[] logP, double[] logQ, int classes, double[] gradient) {
        double divergence = 0;
        for (int i = 0; i < classes; i++) {
            double p = Math.exp(logP[i]);
            divergence += p == 0 ? 0 : p * (logP[i] - logQ[i]);
            gradient[i] = Math.exp(logQ[i]) - p;
        }
        return divergence;
    }

    private static double reverse(double[] logP, double[] logQ, int classes, double[] gradient) {
        for (int i = 0; i < classes; i++) {
            gradient[i] = logQ[i] - Math.max(logP[i], LOWEST_LOG);
        }
        return throughSoftmax(logQ, classes, gradient);
    }

    private double between(double[] logP, double[] logQ, int classes, double[] gradient) {
        double ofTeacher = 0;
        for (int i = 0; i < classes; i++) {
            double p = Math.exp(logP[i]);
            double q = Math.exp(logQ[i]);
            double logMixture = Math.log(beta * p + (1 - beta) * q);
            ofTeacher += p == 0 ? 0 : beta * p * (logP[i] - logMixture);
            gradient[i] = q == 0 ? 0 : (1 - beta) * (logQ[i] - logMixture);
        }
        return ofTeacher + throughSoftmax(logQ, classes, gradient);
    }

    /** Turns a, the gradient with respect to q, into that with respect to the logits, q (a − Σ q a); Σ q a. */
    private static double throughSoftmax(double[] logQ, int classes, double[] gradient) {
        double mean = 0;
        for (int i = 0; i < classes; i++) {
            double q = Math.exp(logQ[i]);
            gradient[i] = q == 0 ? 0 : gradient[i];
            mean += q * gradient[i];
        }
        for (int i = 0; i < classes; i++) {
            gradient[i] = Math.exp(logQ[i]) * (gradient[i] - mean);
        }
        return mean;
    }
}
