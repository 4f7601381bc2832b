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
     * @param window      tokens that the window shows, where there is one
     * @param sinks       first tokens that stay visible, where there are any
     * @param heldOut     documents a domain to measure on
     * @param items       held-out items a task to score on; 0 for no scores
     */
    record Settings(List<Long> seeds, int steps, int time, int batch, double alignRate, double distillRate, int topK,
                    int window, int sinks, int heldOut, int items) {
        Settings {
            if (seeds.isEmpty() || steps < 4) {
                throw new IllegalArgumentException("an ablation needs a seed and at least 4 steps, there were "
                        + seeds.size() + " and " + steps);
            }
            if (!(distillRate > 0)) {
                throw new IllegalArgumentException("the learning rate must be positive, was " + distillRate);
            }
            if (window < 1 || sinks < 1) {
                throw new IllegalArgumentException("window and sinks must be at least 1, were " + window + " and "
                        + sinks);
            }
            if (items < 0) {
                throw new IllegalArgumentException("items must not be negative, was " + items);
            }
            seeds = List.copyOf(seeds);
        }

        /** The demo's rows, text and learning rate of stage I. */
        static Settings of(List<Long> seeds, int steps, double distillRate, int window, int sinks, int items) {
            return new Settings(seeds, steps, 128, 8, 2e-2, distillRate, 32, window, sinks, 100, items);
        }

        /** The student's mixer with all its parts. */
        HybridConfig whole() {
            return new HybridConfig(window, sinks, CHUNK_SIZE);
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

    /**
     * Figure 15: what the parts of the mixer are worth. Half of the steps is stage I. The last student tells sinks from
     * as many tokens more in the window.
     */
    static AblationPlan mixers(Settings settings) {
        var arms = List.of(
                mixer("linear attention", settings, Memory.LINEAR, 0, 0),
                mixer("mLSTM", settings, Memory.MLSTM, 0, 0),
                mixer("mLSTM + window", settings, Memory.MLSTM, settings.window(), 0),
                mixer("mLSTM + window + sinks", settings, Memory.MLSTM, settings.window(), settings.sinks()),
                mixer("mLSTM + wider window", settings, Memory.MLSTM, settings.window() + settings.sinks(), 0));
        var comparisons = IntStream.of(1, 2, 3).mapToObj(i -> new Comparison(arms.get(i - 1), arms.get(i)));
        return new AblationPlan("mixers", "Mixers: linear attention, mLSTM, window, sinks", settings, arms,
                Stream.concat(comparisons, Stream.of(new Comparison(arms.get(4), arms.get(3)))).toList());
    }

    private static Arm mixer(String name, Settings settings, Memory memory, int window, int sinks) {
        int align = settings.steps() / 2;
        return new Arm(name, new HybridConfig(memory, window, sinks, CHUNK_SIZE), align, settings.steps() - align,
                settings.distillRate(), CROSS_ENTROPY, KL);
    }

    /** Figure 16: the weights of cross-entropy and KL in stage II, after the same stage I. */
    static AblationPlan weights(Settings settings) {
        int align = settings.steps() / 2;
        var arms = new ArrayList<Arm>();
        for (double kl : new double[] {0, 0.1, 0.5, 0.9, 1}) {
            double crossEntropy = Math.round((1 - kl) * 10) / 10.0;
            arms.add(new Arm(String.format(Locale.ROOT, "%.1f CE + %.1f KL", crossEntropy, kl), settings.whole(), align,
                    settings.steps() - align, settings.distillRate(), crossEntropy, kl));
        }
        var papers = arms.get(1);
        var comparisons = arms.stream().filter(arm -> arm != papers).map(arm -> new Comparison(papers, arm)).toList();
        return new AblationPlan("weights", "Weights of cross-entropy and KL in stage II", settings, arms, comparisons);
    }

    /**
     * Stage I and II against stage II alone, on as many tokens, by the share of stage I. What a student adds is new,
     * and stage I moves it at a higher rate; so stage II alone is tried at a higher rate, too.
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
        return new Arm(name, settings.whole(), align, settings.steps() - align, rate, CROSS_ENTROPY, KL);
    }
}
