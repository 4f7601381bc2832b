package org.xlstm4j.merge;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The weights λ of a linear merge, one per expert: finite, λ_i ≥ 0, Σ λ_i = 1 (arXiv 2603.15590, Eq. 14).
 *
 * @param values λ in the order of the experts
 */
public record Coefficients(List<Double> values) implements Serializable {
    /** How far the sum may be from one. */
    public static final double SUM_TOLERANCE = 1e-6;

    /** @throws IllegalArgumentException if there is no value, one is negative or not finite, or the sum is not one */
    public Coefficients {
        // Adding zero turns -0 into 0, so that equal coefficients are equal as records too.
        values = values.stream().map(value -> value + 0.0).toList();
        double sum = 0;
        for (double value : values) {
            if (!(value >= 0 && value <= Double.MAX_VALUE)) {
                throw new IllegalArgumentException("coefficients " + values + " hold " + value
                        + ": every coefficient must be a number of at least 0");
            }
            sum += value;
        }
        if (Math.abs(sum - 1) > SUM_TOLERANCE) {
            throw new IllegalArgumentException("coefficients " + values + " sum to " + sum
                    + ", not to 1: divide each by their sum, or give one for every expert");
        }
    }

    /** The given coefficients, one per expert. */
    public static Coefficients of(double... values) {
        var list = new ArrayList<Double>();
        for (double value : values) {
            list.add(value);
        }
        return new Coefficients(list);
    }

    /** 1/experts for each of {@code experts}. */
    public static Coefficients uniform(int experts) {
        requireExpert(experts, 0);
        return new Coefficients(Collections.nCopies(experts, 1.0 / experts));
    }

    /** One for expert {@code expert}, counted from 0, and zero for the others. */
    public static Coefficients corner(int experts, int expert) {
        requireExpert(experts, expert);
        var values = new double[experts];
        values[expert] = 1;
        return of(values);
    }

    private static void requireExpert(int experts, int expert) {
        if (expert < 0 || expert >= experts) {
            throw new IllegalArgumentException("there is no expert " + expert + " among " + experts);
        }
    }

    /**
     * Reads coefficients written with commas between them, such as {@code 0.35,0.35,0.2,0.1}.
     *
     * @throws IllegalArgumentException if a part is no number, or the numbers are no coefficients
     */
    public static Coefficients parse(String text) {
        var values = new ArrayList<Double>();
        for (String part : text.split(",", -1)) {
            try {
                values.add(Double.valueOf(part.trim()));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("coefficients \"" + text + "\" hold \"" + part.trim()
                        + "\", which is no number: write them as 0.35,0.35,0.2,0.1", e);
            }
        }
        return new Coefficients(values);
    }

    /** How many experts these coefficients weigh. */
    public int experts() {
        return values.size();
    }

    /** λ of expert {@code expert}, counted from 0. */
    public double get(int expert) {
        return values.get(expert);
    }

    /** The coefficients as {@link #parse} reads them, to the last bit. */
    @Override
    public String toString() {
        return values.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
