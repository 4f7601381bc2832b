package org.xlstm4j.generate;

import java.util.BitSet;
import java.util.SplittableRandom;

/** Chooses next tokens, as {@link GenerationOptions} tell. For one thread. */
final class Sampler {
    private final GenerationOptions options;
    private final Candidates candidates;
    private final float[] scores;

    Sampler(GenerationOptions options, int vocabSize) {
        this.options = options;
        this.candidates = new Candidates(vocabSize);
        this.scores = new float[heedsTokens(options) ? vocabSize : 0];
    }

    /**
     * A token.
     *
     * @param id             which
     * @param logProbability ln of what the model gives it
     */
    record Choice(int id, double logProbability) {
    }

    /** The generator of the draws for a sample of a prompt: as if drawn from the seed. */
    static SplittableRandom random(long seed, int sample) {
        return new SplittableRandom(new SplittableRandom(seed).nextLong() ^ sample);
    }

    /** Whether the tokens so far matter. */
    static boolean heedsTokens(GenerationOptions options) {
        return options.repetitionPenalty() != 1;
    }

    /**
     * Chooses a token.
     *
     * @param logits of the vocabulary
     * @param before the tokens of prompt and answer so far, if they matter
     * @throws NonFiniteLogitsException if a logit is infinite or no number
     */
    Choice choose(float[] logits, BitSet before, SplittableRandom random) {
        float largest = requireFinite(logits);
        double logSum = candidates.logSum(logits, largest);
        int id = pick(scores(logits, before), random);
        return new Choice(id, logits[id] - logSum);
    }

    private static float requireFinite(float[] logits) {
        float largest = logits[0];
        float least = logits[0];
        for (float logit : logits) {
            largest = Math.max(largest, logit);
            least = Math.min(least, logit);
        }
        if (!Float.isFinite(largest) || !Float.isFinite(least)) {
            throw new NonFiniteLogitsException(least, largest);
        }
        return largest;
    }

    /** Logits after the repetition penalty, which takes every token once. */
    private float[] scores(float[] logits, BitSet before) {
        if (!heedsTokens(options)) {
            return logits;
        }
        System.arraycopy(logits, 0, scores, 0, logits.length);
        double penalty = options.repetitionPenalty();
        for (int id = before.nextSetBit(0); id >= 0; id = before.nextSetBit(id + 1)) {
            double score = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;
            scores[id] = (float) Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, score));
        }
        return scores;
    }

    private int pick(float[] scores, SplittableRandom random) {
        if (options.temperature() == 0) {
            float largest = Candidates.largest(scores, 0, scores.length);
            int id = 0;
            while (scores[id] != largest) {
                id++;
            }
            return id;
        }
        return candidates(scores).draw(random.nextDouble());
    }

    private Candidates candidates(float[] scores) {
        candidates.take(scores, options.topK());
        candidates.weigh(options.temperature());
        if (options.topP() < 1) {
            candidates.keepTopP(options.topP());
        }
        if (options.minP() > 0) {
            candidates.keepMinP(options.minP());
        }
        return candidates;
    }

    /** What {@link #choose} draws from, [vocabSize]. */
    double[] distribution(float[] logits, BitSet before) {
        var left = candidates(scores(logits, before));
        var of = left.probabilities();
        var all = new double[logits.length];
        for (int i = 0; i < of.length; i++) {
            all[left.id(i)] = of[i];
        }
        return all;
    }
}
