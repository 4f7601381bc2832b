package org.xlstm4j.merge.tune;

import java.util.ArrayList;
import java.util.List;
import org.xlstm4j.merge.Coefficients;

/** The regular lattice on the simplex: coefficients n_i / steps with whole n_i ≥ 0 and Σ n_i = steps. */
final class Lattice {
    private Lattice() {
    }

    /** The finest lattice of at most {@code points} points, corners included; at least the corners. */
    static List<Coefficients> finest(int experts, int points) {
        int steps = 1;
        while (size(experts, steps + 1) <= points) {
            steps++;
        }
        var lattice = new ArrayList<Coefficients>();
        fill(new int[experts], 0, steps, steps, lattice);
        return lattice;
    }

    /** How many points the lattice has: (steps + experts − 1) over (experts − 1). */
    private static double size(int experts, int steps) {
        double size = 1;
        for (int i = 1; i < experts; i++) {
            size = size * (steps + i) / i;
        }
        return size;
    }

    private static void fill(int[] counts, int expert, int left, int steps, List<Coefficients> lattice) {
        if (expert == counts.length - 1) {
            counts[expert] = left;
            lattice.add(point(counts, steps));
            return;
        }
        for (int count = left; count >= 0; count--) {
            counts[expert] = count;
            fill(counts, expert + 1, left - count, steps, lattice);
        }
    }

    private static Coefficients point(int[] counts, int steps) {
        var values = new double[counts.length];
        for (int i = 0; i < counts.length; i++) {
            values[i] = (double) counts[i] / steps;
        }
        return Coefficients.of(values);
    }
}
