package org.xlstm4j.distill.targets;

/**
 * Log-probabilities of one position, falling, in 16 bits each: −value in steps of 2^−e, the finest from 2^−15 to 2^−11
 * that reaches the least of them in 65,535 steps, so that it is off by half a step, 2.4e-4 at most. What lies below
 * −32, minus infinity as well, becomes −32, a mass of 1e-14, for losses to stay finite.
 *
 * <p>Codes are rounded to the nearest, but where their probabilities would sum to more than 1 all are rounded down, and
 * where even this does not do, lowered by a step: a common factor, which a loss over the renormalised top-k does not
 * see.
 *
 * <p>Since codes do not fall, the first is stored whole and the others as differences, in Rice's code with the
 * parameter that is shortest. They sum to no more than 65,535, which bounds the bits of all: see {@link #mostBits}.
 */
final class LogCodes {
    private static final int BITS = 16;
    private static final int MOST = (1 << BITS) - 1;
    private static final int COARSEST = 11;
    /** The least logarithm that there is. */
    static final float LOWEST = -(float) MOST / (1 << COARSEST);
    private static final int FINEST = 15;
    private static final int STEP_BITS = 3;
    private static final int RICE_BITS = 4;

    private final int[] codes;

    LogCodes(int k) {
        this.codes = new int[k];
    }

    /** The most bits that k log-probabilities take. */
    static int mostBits(int k) {
        int most = STEP_BITS + BITS + RICE_BITS;
        int best = Integer.MAX_VALUE;
        for (int rice = 0; rice < 1 << RICE_BITS; rice++) {
            best = Math.min(best, (MOST >>> rice) + (k - 1) * (1 + rice));
        }
        return k == 1 ? most : most + best;
    }

    /**
     * Appends {@code values[from … from + k)}.
     *
     * @param rest mass that is stored beside these
     * @throws IllegalArgumentException if a value is positive or no number, or greater than the one before it
     */
    void write(float[] values, int from, double rest, BitWriter out) {
        int exponent = quantise(values, from, rest);
        int rice = rice();
        out.write(exponent - COARSEST, STEP_BITS);
        out.write(rice, RICE_BITS);
        out.write(codes[0], BITS);
        for (int i = 1; i < codes.length; i++) {
            int difference = codes[i] - codes[i - 1];
            out.writeUnary(difference >>> rice);
            out.write(difference, rice);
        }
    }

    /** Reads values to {@code values[from … from + k)}. */
    void read(BitReader in, float[] values, int from) {
        float step = -1f / (1 << in.read(STEP_BITS) + COARSEST);
        int rice = in.read(RICE_BITS);
        int code = in.read(BITS);
        values[from] = code * step;
        for (int i = 1; i < codes.length; i++) {
            code += in.readUnary() << rice;
            code += in.read(rice);
            values[from + i] = code * step;
        }
    }

    /** Fills the codes and returns e. */
    private int quantise(float[] values, int from, double rest) {
        requireFalling(values, from);
        int exponent = FINEST;
        // One step less than there are, to be rounded down to.
        while (exponent > COARSEST && -values[from + codes.length - 1] * (1 << exponent) > MOST - 1) {
            exponent--;
        }
        int steps = 1 << exponent;
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (int) Math.min(MOST, Math.rint(-values[from + i] * (double) steps));
        }
        for (int lower = 0; mass(steps) + rest > 1; lower++) {
            for (int i = 0; i < codes.length; i++) {
                codes[i] = (int) Math.min(MOST, Math.ceil(-values[from + i] * (double) steps) + lower);
            }
        }
        return exponent;
    }

    private void requireFalling(float[] values, int from) {
        float last = 0;
        for (int i = 0; i < codes.length; i++) {
            if (!(values[from + i] <= last)) {
                throw new IllegalArgumentException("log-probabilities must fall from 0 or below, but " + last
                        + " is followed by " + values[from + i]);
            }
            last = values[from + i];
        }
    }

    private double mass(int steps) {
        double mass = 0;
        for (int code : codes) {
            mass += Math.exp(-(double) code / steps);
        }
        return mass;
    }

    /** The parameter by which the differences take the fewest bits. */
    private int rice() {
        int best = 0;
        int fewest = Integer.MAX_VALUE;
        for (int rice = 0; rice < 1 << RICE_BITS; rice++) {
            int bits = (codes.length - 1) * (1 + rice);
            for (int i = 1; i < codes.length; i++) {
                bits += codes[i] - codes[i - 1] >>> rice;
            }
            if (bits < fewest) {
                fewest = bits;
                best = rice;
            }
        }
        return best;
    }

    /** Appends the logarithm of a mass from 0 to 1, never more than it is. */
    static void writeMass(double mass, BitWriter out) {
        out.write(massCode(mass), BITS);
    }

    /** What {@link #readMass} gives of a mass. */
    static double storedMass(double mass) {
        return Math.exp(-(double) massCode(mass) / (1 << COARSEST));
    }

    private static int massCode(double mass) {
        return (int) Math.min(MOST, Math.max(0, Math.ceil(-Math.log(mass) * (1 << COARSEST))));
    }

    /** The logarithm of a mass, −32 for none. */
    static float readMass(BitReader in) {
        return -(float) in.read(BITS) / (1 << COARSEST);
    }
}
