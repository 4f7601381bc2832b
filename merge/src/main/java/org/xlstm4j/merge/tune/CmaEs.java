package org.xlstm4j.merge.tune;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.apache.commons.math3.random.RandomGenerator;

/**
 * The covariance matrix adaptation evolution strategy in the box [0, 1]^n, by ask and tell.
 *
 * <p>(μ/μ_w, λ)-CMA-ES with rank-one and rank-μ updates and the default constants of N. Hansen, "The CMA Evolution
 * Strategy: A Tutorial", arXiv 1604.00772, App. A; the names are the tutorial's. Samples outside the box are moved
 * to its edge, where optima of a simplex often lie.
 */
final class CmaEs {
    private final int n;
    private final double[] weights;
    private final double muEff;
    private final double cc;
    private final double cSigma;
    private final double c1;
    private final double cMu;
    private final double dSigma;
    private final double expectedNorm;

    private RealVector mean;
    private double sigma;
    private RealMatrix covariance;
    private RealMatrix axes;
    private RealVector axisLengths;
    private RealVector covariancePath;
    private RealVector sigmaPath;
    private int generation;

    /** Starts at {@code mean}, [n], with standard deviation {@code sigma} in every direction. */
    CmaEs(double[] mean, double sigma) {
        n = mean.length;
        this.mean = new ArrayRealVector(mean);
        this.sigma = sigma;
        weights = weights(populationSize(n) / 2);
        muEff = 1 / new ArrayRealVector(weights).dotProduct(new ArrayRealVector(weights));
        cc = (4 + muEff / n) / (n + 4 + 2 * muEff / n);
        cSigma = (muEff + 2) / (n + muEff + 5);
        c1 = 2 / ((n + 1.3) * (n + 1.3) + muEff);
        cMu = Math.min(1 - c1, 2 * (muEff - 2 + 1 / muEff) / ((n + 2.0) * (n + 2.0) + muEff));
        dSigma = 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cSigma;
        expectedNorm = Math.sqrt(n) * (1 - 1 / (4.0 * n) + 1 / (21.0 * n * n));
        covariance = MatrixUtils.createRealIdentityMatrix(n);
        covariancePath = new ArrayRealVector(n);
        sigmaPath = new ArrayRealVector(n);
        decompose();
    }

    private static int populationSize(int n) {
        return 4 + (int) (3 * Math.log(n));
    }

    private static double[] weights(int mu) {
        var weights = IntStream.range(0, mu).mapToDouble(i -> Math.log(mu + 0.5) - Math.log(i + 1)).toArray();
        return new ArrayRealVector(weights).mapDivide(IntStream.range(0, mu).mapToDouble(i -> weights[i]).sum())
                .toArray();
    }

    /** Samples of a generation: λ. */
    int populationSize() {
        return populationSize(n);
    }

    /** A sample, [n], of the present distribution. */
    double[] ask(RandomGenerator random) {
        var normal = new ArrayRealVector(n);
        for (int i = 0; i < n; i++) {
            normal.setEntry(i, axisLengths.getEntry(i) * random.nextGaussian());
        }
        return mean.add(axes.operate(normal).mapMultiply(sigma)).map(x -> Math.max(0, Math.min(1, x))).toArray();
    }

    /** A sample and its cost, lower is better; infinite if it failed. */
    record Scored(double[] point, double cost) {
    }

    /** Learns from a whole generation of {@link #populationSize} samples; from one that failed as a whole, nothing. */
    void tell(List<Scored> samples) {
        if (samples.stream().allMatch(sample -> Double.isInfinite(sample.cost()))) {
            return;
        }
        generation++;
        var steps = samples.stream().sorted(Comparator.comparingDouble(Scored::cost)).limit(weights.length)
                .map(sample -> new ArrayRealVector(sample.point()).subtract(mean).mapDivide(sigma)).toList();
        RealVector step = new ArrayRealVector(n);
        for (int i = 0; i < weights.length; i++) {
            step = step.add(steps.get(i).mapMultiply(weights[i]));
        }
        mean = mean.add(step.mapMultiply(sigma));
        sigmaPath = sigmaPath.mapMultiply(1 - cSigma)
                .add(whitened(step).mapMultiply(Math.sqrt(cSigma * (2 - cSigma) * muEff)));
        adaptCovariance(step, steps);
        sigma *= Math.exp(cSigma / dSigma * (sigmaPath.getNorm() / expectedNorm - 1));
        decompose();
    }

    /** C^-1/2 · step. */
    private RealVector whitened(RealVector step) {
        return axes.operate(axes.preMultiply(step).ebeDivide(axisLengths));
    }

    private void adaptCovariance(RealVector step, List<RealVector> steps) {
        double settled = Math.sqrt(1 - Math.pow(1 - cSigma, 2.0 * generation));
        boolean moving = sigmaPath.getNorm() / settled >= (1.4 + 2.0 / (n + 1)) * expectedNorm;
        covariancePath = covariancePath.mapMultiply(1 - cc);
        if (!moving) {
            covariancePath = covariancePath.add(step.mapMultiply(Math.sqrt(cc * (2 - cc) * muEff)));
        }
        RealMatrix rankOne = covariancePath.outerProduct(covariancePath);
        if (moving) {
            rankOne = rankOne.add(covariance.scalarMultiply(cc * (2 - cc)));
        }
        covariance = covariance.scalarMultiply(1 - c1 - cMu).add(rankOne.scalarMultiply(c1));
        for (int i = 0; i < weights.length; i++) {
            covariance = covariance.add(steps.get(i).outerProduct(steps.get(i)).scalarMultiply(cMu * weights[i]));
        }
    }

    private void decompose() {
        var eigen = new EigenDecomposition(covariance);
        axes = eigen.getV();
        axisLengths = new ArrayRealVector(eigen.getRealEigenvalues()).map(value -> Math.sqrt(Math.max(1e-20, value)));
    }
}
