package org.xlstm4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.HybridConfig.Memory;

/**
 * Students that differ in one thing.
 *
 * @param name        of the command
 * @param title       what is compared
 * @param settings    what all students share
 * @param arms        the students
 * @param comparisons pairs of students whose losses are compared seed by seed
 */
record AblationPlan(String name, String title, Settings settings, List<Arm> arms, List<Comparison> comparisons) {
    private static final int WINDOW = 16;
    private static final int SINKS = 4;
    /** Heads are narrow, for which short chunks are faster. */
    private static final int CHUNK_SIZE = 32;
    private static final double CROSS_ENTROPY = 0.9;
    private static final double KL = 0.1;
    private static final int FASTER = 3;

    AblationPlan {
        arms = List.copyOf(arms);
        comparisons = List.copyOf(comparisons);
    }

    /**
     * What all students share.
     *
     * @param seeds       of the training text, its packing and its order
     * @param steps       batches that a student is trained on, of both stages
     * @param time        tokens a row
     * @param batch       rows a step
     * @param alignRate   highest learning rate of stage I
     * @param distillRate highest learning rate of stage II
     * @param topK        teacher ids a token
     * @param heldOut     documents a domain to measure on
     * @param items       held-out items a task to score on; 0 for no scores
     */
    record Settings(List<Long> seeds, int steps, int time, int batch, double alignRate, double distillRate, int topK,
                    int heldOut, int items) {
        Settings {
            if (seeds.isEmpty() || steps < 4) {
                throw new IllegalArgumentException("an ablation needs a seed and at least 4 steps, there were "
                        + seeds.size() + " and " + steps);
            }
            if (!(distillRate > 0)) {
                throw new IllegalArgumentException("the learning rate must be positive, was " + distillRate);
            }
            if (items < 0) {
                throw new IllegalArgumentException("items must not be negative, was " + items);
            }
            seeds = List.copyOf(seeds);
        }

        /** The demo's rows, text and learning rate of stage I. */
        static Settings of(long firstSeed, int seeds, int steps, double distillRate, int items) {
            return new Settings(IntStream.range(0, seeds).mapToObj(i -> firstSeed + i).toList(), steps, 128, 8, 2e-2,
                    distillRate, 32, 100, items);
        }
    }

    /**
     * A student.
     *
     * @param name         in tables and charts
     * @param hybrid       its mixers
     * @param alignSteps   steps of stage I
     * @param distillSteps steps of stage II
     * @param distillRate  its highest learning rate
     * @param crossEntropy γ
     * @param kl           β
     */
    record Arm(String name, HybridConfig hybrid, int alignSteps, int distillSteps, double distillRate,
               double crossEntropy, double kl) {
    }

    /** Two students, the second of which is expected, or hoped, to be better. */
    record Comparison(Arm from, Arm to) {
    }

    /** Figure 15: what the parts of the mixer are worth. Half of the steps is stage I. */
    static AblationPlan mixers(Settings settings) {
        var arms = List.of(
                mixer("linear attention", new HybridConfig(Memory.LINEAR, 0, 0, CHUNK_SIZE), settings),
                mixer("mLSTM", new HybridConfig(Memory.MLSTM, 0, 0, CHUNK_SIZE), settings),
                mixer("mLSTM + window", new HybridConfig(Memory.MLSTM, WINDOW, 0, CHUNK_SIZE), settings),
                mixer("mLSTM + window + sinks", new HybridConfig(Memory.MLSTM, WINDOW, SINKS, CHUNK_SIZE), settings));
        var comparisons = IntStream.range(1, arms.size())
                .mapToObj(i -> new Comparison(arms.get(i - 1), arms.get(i))).toList();
        return new AblationPlan("mixers", "Mixers: linear attention, mLSTM, window, sinks", settings, arms,
                comparisons);
    }

    private static Arm mixer(String name, HybridConfig hybrid, Settings settings) {
        int align = settings.steps() / 2;
        return new Arm(name, hybrid, align, settings.steps() - align, settings.distillRate(), CROSS_ENTROPY, KL);
    }

    /** Figure 16: the weights of cross-entropy and KL in stage II, after the same stage I. */
    static AblationPlan weights(Settings settings) {
        int align = settings.steps() / 2;
        var arms = new ArrayList<Arm>();
        for (double kl : new double[] {0, 0.1, 0.5, 0.9, 1}) {
            double crossEntropy = Math.round((1 - kl) * 10) / 10.0;
            arms.add(new Arm(String.format(Locale.ROOT, "%.1f CE + %.1f KL", crossEntropy, kl), whole(), align,
                    settings.steps() - align, settings.distillRate(), crossEntropy, kl));
        }
        var papers = arms.get(1);
        var comparisons = arms.stream().filter(arm -> arm != papers).map(arm -> new Comparison(papers, arm)).toList();
        return new AblationPlan("weights", "Weights of cross-entropy and KL in stage II", settings, arms, comparisons);
    }

    /**
     * Stage I and II against stage II alone, on as many tokens, by the share of stage I. What a student adds is new, and
     * stage I moves it at a higher rate; so stage II alone is tried at a higher rate, too.
     */
    static AblationPlan stages(Settings settings) {
        var alone = shared("II alone", settings, 0, settings.distillRate());
        var faster = shared(String.format(Locale.ROOT, "II alone, %d x rate", FASTER), settings, 0,
                FASTER * settings.distillRate());
        var both = IntStream.of(25, 50, 75).mapToObj(percent -> shared(percent + "% I + II", settings,
                settings.steps() * percent / 100, settings.distillRate())).toList();
        var others = Stream.concat(Stream.of(faster), both.stream()).toList();
        return new AblationPlan("stages", "Stage I and II against stage II alone", settings,
                Stream.concat(Stream.of(alone), others.stream()).toList(),
                others.stream().map(arm -> new Comparison(alone, arm)).toList());
    }

    private static Arm shared(String name, Settings settings, int align, double rate) {
        return new Arm(name, whole(), align, settings.steps() - align, rate, CROSS_ENTROPY, KL);
    }

    private static HybridConfig whole() {
        return new HybridConfig(WINDOW, SINKS, CHUNK_SIZE);
    }
}
