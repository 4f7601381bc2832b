package org.xlstm4j.merge.tune;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.continuous.ContinuousParameterSpace;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.xlstm4j.merge.Coefficients;

/**
 * The merge coefficients of K experts as an Arbiter space over K − 1 numbers in [0, 1].
 *
 * <p>Sticks are broken off a rod of length one: with u_i from its leaf, expert i takes the share
 * {@code 1 − (1 − u_i)^(1 / (K − 1 − i))} of what the experts before it left, and the last takes the rest. Uniform
 * u give uniform coefficients, Dirichlet(1, …, 1). The leaves are scalars, so every Arbiter generator can search it.
 */
@SuppressWarnings("rawtypes") // Arbiter's interfaces are.
public final class SimplexSpace implements ParameterSpace<Coefficients> {
    private final List<ContinuousParameterSpace> sticks;

    /** The simplex of {@code experts} coefficients, at least two. */
    public SimplexSpace(int experts) {
        this(sticks(experts));
    }

    @JsonCreator
    SimplexSpace(@JsonProperty("sticks") List<ContinuousParameterSpace> sticks) {
        this.sticks = List.copyOf(sticks);
    }

    private static List<ContinuousParameterSpace> sticks(int experts) {
        if (experts < 2) {
            throw new IllegalArgumentException("a simplex to search needs at least 2 experts, was " + experts);
        }
        var sticks = new ArrayList<ContinuousParameterSpace>();
        for (int i = 0; i < experts - 1; i++) {
            sticks.add(new ContinuousParameterSpace(0, 1));
        }
        return sticks;
    }

    /** How many experts the coefficients weigh. */
    public int experts() {
        return sticks.size() + 1;
    }

    /** The coefficients that the leaves' entries of {@code u}, each in [0, 1], stand for. */
    @Override
    public Coefficients getValue(double[] u) {
        var values = new double[experts()];
        double rest = 1;
        for (int i = 0; i < sticks.size(); i++) {
            values[i] = rest * (1 - Math.pow(1 - sticks.get(i).getValue(u), 1.0 / (sticks.size() - i)));
            rest -= values[i];
        }
        values[sticks.size()] = rest;
        return Coefficients.of(values);
    }

    /**
     * The u, [K − 1], that {@link #getValue} turns into {@code coefficients} (to rounding), where the space stands
     * alone. Sticks of a rod that is used up are 0.
     */
    public double[] flatParameters(Coefficients coefficients) {
        if (coefficients.experts() != experts()) {
            throw new IllegalArgumentException("coefficients " + coefficients + " are not for " + experts()
                    + " experts: give one coefficient for every expert");
        }
        var u = new double[sticks.size()];
        double rest = 1;
        for (int i = 0; i < u.length && rest > 0; i++) {
            double share = Math.min(1, coefficients.get(i) / rest);
            u[i] = 1 - Math.pow(1 - share, u.length - i);
            rest -= coefficients.get(i);
        }
        return u;
    }

    @Override
    public int numParameters() {
        return sticks.size();
    }

    @Override
    public List<ParameterSpace> collectLeaves() {
        return new ArrayList<>(sticks);
    }

    @Override
    public Map<String, ParameterSpace> getNestedSpaces() {
        var nested = new LinkedHashMap<String, ParameterSpace>();
        for (int i = 0; i < sticks.size(); i++) {
            nested.put("stick" + i, sticks.get(i));
        }
        return nested;
    }

    @Override
    public boolean isLeaf() {
        return false;
    }

    @Override
    public void setIndices(int... indices) {
        throw new UnsupportedOperationException("a simplex is no leaf: set the indices of its sticks");
    }

    @Override
    public String toString() {
        return "SimplexSpace(" + experts() + " experts)";
    }
}
