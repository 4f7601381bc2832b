package org.xlstm4j.ops.rope;

/** How a family stretches RoPE frequencies beyond the context it was pre-trained with. */
public sealed interface RopeScaling {

    /** The frequency to use in place of {@code frequency}. */
    double scale(double frequency);

    /** Frequencies as they are. */
    record None() implements RopeScaling {
        @Override
        public double scale(double frequency) {
            return frequency;
        }
    }

    /** All frequencies divided by one factor (position interpolation, arXiv 2306.15595). */
    record Linear(double factor) implements RopeScaling {
        public Linear {
            requireFactor(factor);
        }

        @Override
        public double scale(double frequency) {
            return frequency / factor;
        }
    }

    /**
     * Llama 3.1's scaling: long wavelengths divided by {@code factor}, short ones kept, a linear passage between.
     *
     * @param factor            divisor of the low frequencies
     * @param lowFreqFactor     wavelengths above originalPositions / lowFreqFactor are divided
     * @param highFreqFactor    wavelengths below originalPositions / highFreqFactor are kept
     * @param originalPositions context length of the pre-training
     */
    record Llama3(double factor, double lowFreqFactor, double highFreqFactor, int originalPositions)
            implements RopeScaling {
        public Llama3 {
            requireFactor(factor);
            if (!(lowFreqFactor > 0) || !(highFreqFactor > lowFreqFactor)) {
                throw new IllegalArgumentException("llama3 RoPE needs 0 < low_freq_factor < high_freq_factor, was "
                        + lowFreqFactor + " and " + highFreqFactor);
            }
            if (originalPositions <= 0) {
                throw new IllegalArgumentException(
                        "original_max_position_embeddings must be positive, was " + originalPositions);
            }
        }

        @Override
        public double scale(double frequency) {
            double wavelength = 2 * Math.PI / frequency;
            if (wavelength < originalPositions / highFreqFactor) {
                return frequency;
            }
            if (wavelength > originalPositions / lowFreqFactor) {
                return frequency / factor;
            }
            double kept = (originalPositions / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
            return (1 - kept) * frequency / factor + kept * frequency;
        }
    }

    private static void requireFactor(double factor) {
        if (!(factor >= 1) || Double.isInfinite(factor)) {
            throw new IllegalArgumentException("a RoPE scaling factor must be finite and at least 1, was " + factor);
        }
    }
}
