package org.xlstm4j.cli;

import java.util.List;
import org.xlstm4j.distill.align.AlignmentOptions;
import org.xlstm4j.distill.train.DistillationOptions;
import org.xlstm4j.distill.train.WeightDecay;
import org.xlstm4j.model.HybridConfig;

/**
 * All settings of the demo.
 *
 * @param seed            of packing, order and search
 * @param window          tokens that the student's window shows
 * @param sinks           first tokens that stay visible
 * @param time            tokens a row
 * @param batch           rows a step, in both stages
 * @param alignSteps      steps of stage I
 * @param alignRate       its highest learning rate
 * @param heldOut         training documents a domain that stage I's error is measured on and nothing trains on
 * @param topK            teacher ids a token
 * @param distillSteps    steps of stage II, an expert
 * @param distillRate     its highest learning rate
 * @param crossEntropy    γ
 * @param sparseKl        β
 * @param tuningCandidates coefficients that are scored
 */
record DemoSettings(long seed, int window, int sinks, int time, int batch, int alignSteps, double alignRate,
                    int heldOut, int topK, int distillSteps, double distillRate, double crossEntropy, double sparseKl,
                    int tuningCandidates) {
    private static final int CHUNK_SIZE = 32;
    /** The experts' domains. */
    static final List<String> DOMAINS = List.of("math", "code", "stem", "chat");

    static DemoSettings of(long seed) {
        return new DemoSettings(seed, 16, 4, 128, 8, 200, 2e-2, 100, 32, 80, 3e-4, 0.9, 0.1, 12);
    }

    /** The student's mixer; its heads are narrow, for which short chunks are faster. */
    HybridConfig hybrid() {
        return new HybridConfig(window, sinks, CHUNK_SIZE);
    }

    AlignmentOptions alignment() {
        var options = AlignmentOptions.of(alignSteps, alignRate);
        return options.withOptimizer(options.optimizer().withDecaying(WeightDecay.ALL_MATRICES));
    }

    DistillationOptions distillation() {
        var options = DistillationOptions.of(distillSteps, batch, distillRate, seed)
                .withWeights(crossEntropy, sparseKl);
        return options.withOptimizer(options.optimizer().withDecaying(WeightDecay.ALL_MATRICES));
    }
}
