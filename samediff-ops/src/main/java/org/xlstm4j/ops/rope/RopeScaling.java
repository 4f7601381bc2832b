package org.xlstm4j.ops.rope;

import java.io.Serializable;

/** How a family stretches RoPE frequencies beyond the context it was pre-trained with. */
public sealed interface RopeScaling extends Serializable {

    /**
     * The angular frequency of a pair.
     *
     * @param spec whose scaling this is
     * @param pair index of the pair, from 0 for the shortest wave
     */
    double frequency(RopeSpec spec, int pair);

    /** What cosines and sines are multiplied by. */
    default double attentionFactor() {
        return 1;
    }

    /** Frequencies as they are. */
    record None() implements RopeScaling {
        @Override
        public double frequency(RopeSpec spec, int pair) {
            return spec.frequency(pair);
        }
    }

    /** All frequencies divided by one factor (position interpolation, arXiv 2306.15595). */
    record Linear(double factor) implements RopeScaling {
        public Linear {
            requireFactor(factor);
        }

        @Override
        public double frequency(RopeSpec spec, int pair) {
            return spec.frequency(pair) / factor;
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
            requirePositions(originalPositions);
        }

        @Override
        public double frequency(RopeSpec spec, int pair) {
            return scale(spec.frequency(pair));
        }

        /** The frequency to use in place of {@code frequency}. */
        double scale(double frequency) {
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

    /**
     * YaRN (arXiv 2309.00071): waves that turn often within the original context kept, those that turn seldom divided
     * by {@code factor}, a linear passage in the index of the pair between; the temperature of attention changed
     * through the length of queries and keys.
     *
     * @param factor            divisor of the low frequencies
     * @param fastTurns         waves of more turns within the original context are kept (beta_fast)
     * @param slowTurns         waves of fewer turns are divided (beta_slow)
     * @param attentionFactor   what cosines and sines are multiplied by
     * @param originalPositions context length of the pre-training
     * @param wholePairs        whether the ends of the passage are rounded outwards to whole pairs (truncate)
     */
    record Yarn(double factor, double fastTurns, double slowTurns, double attentionFactor, int originalPositions,
                boolean wholePairs) implements RopeScaling {
        /** The paper's choice of {@code fastTurns}. */
        public static final double FAST_TURNS = 32;
        /** The paper's choice of {@code slowTurns}. */
        public static final double SLOW_TURNS = 1;

        public Yarn {
            requireFactor(factor);
            if (!(slowTurns > 0) || !(fastTurns > slowTurns)) {
                throw new IllegalArgumentException(
                        "yarn RoPE needs 0 < beta_slow < beta_fast, was " + slowTurns + " and " + fastTurns);
            }
            if (!(attentionFactor > 0) || Double.isInfinite(attentionFactor)) {
                throw new IllegalArgumentException(
                        "attention_factor must be finite and positive, was " + attentionFactor);
            }
            requirePositions(originalPositions);
        }

        /** YaRN whose passage ends at whole pairs, as in the paper's code. */
        public Yarn(double factor, double fastTurns, double slowTurns, double attentionFactor, int originalPositions) {
            this(factor, fastTurns, slowTurns, attentionFactor, originalPositions, true);
        }

        /** YaRN with the paper's choices. */
        public static Yarn of(double factor, int originalPositions) {
            return new Yarn(factor, FAST_TURNS, SLOW_TURNS, attentionFactor(factor), originalPositions);
        }

        /** The paper's attention factor, 0.1 ln(factor) + 1. */
        public static double attentionFactor(double factor) {
            return magnitude(factor, 1);
        }

        /**
         * The attention factor of checkpoints that give weights of it, (0.1 mscale ln(factor) + 1) /
         * (0.1 mscaleAllDim ln(factor) + 1).
         */
        public static double attentionFactor(double factor, double mscale, double mscaleAllDim) {
            return magnitude(factor, mscale) / magnitude(factor, mscaleAllDim);
        }

        private static double magnitude(double factor, double weight) {
            return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
        }

        @Override
        public double frequency(RopeSpec spec, int pair) {
            double first = pairThatTurns(fastTurns, spec);
            double last = pairThatTurns(slowTurns, spec);
            double kept = Math.max(0, wholePairs ? Math.floor(first) : first);
            // The bound of Hugging Face's transformers, beyond the last pair.
            double divided = Math.min(spec.headDim() - 1, wholePairs ? Math.ceil(last) : last);
            double width = kept == divided ? 0.001 : divided - kept;
            double share = Math.max(0, Math.min(1, (pair - kept) / width));
            double frequency = spec.frequency(pair);
            return frequency / factor * share + frequency * (1 - share);
        }

        /** The index, not whole, of the pair that makes so many turns within the original context. */
        private double pairThatTurns(double turns, RopeSpec spec) {
            return spec.headDim() * Math.log(originalPositions / (turns * 2 * Math.PI)) / (2 * Math.log(spec.theta()));
        }
    }

    private static void requirePositions(int originalPositions) {
        if (originalPositions <= 0) {
            throw new IllegalArgumentException(
                    "original_max_position_embeddings must be positive, was " + originalPositions);
        }
    }

    private static void requireFactor(double factor) {
        if (!(factor >= 1) || Double.isInfinite(factor)) {
            throw new IllegalArgumentException("a RoPE scaling factor must be finite and at least 1, was " + factor);
        }
    }
}
