package org.xlstm4j.merge.tune;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxCandidatesCondition;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.deeplearning4j.arbiter.optimize.runner.LocalOptimizationRunner;
import org.xlstm4j.merge.Coefficients;

/**
 * Tunes merge coefficients on the simplex with Arbiter, so that a score becomes as high as can be.
 *
 * <p>The uniform coefficients are tried first, so the best is never below them; then the starting points, then what
 * the search chooses. Candidates are scored one at a time, and each coefficients once.
 */
public final class MergeTuning {
    /** Standard deviation of the first CMA-ES generation, in the unit of the sticks: a third of their range. */
    private static final double FIRST_SIGMA = 0.3;

    /** Candidates, repeated ones included, to an evaluation: ends a search that only repeats itself. */
    private static final int REPETITIONS = 10;

    private MergeTuning() {
    }

    /** As {@link #tune(TuningOptions, ToDoubleFunction, Consumer)}, without a listener. */
    public static TuningResult tune(TuningOptions options, ToDoubleFunction<Coefficients> score) {
        return tune(options, score, evaluation -> { });
    }

    /**
     * Searches for the coefficients of the highest score.
     *
     * @param options  what to search and when to stop
     * @param score    higher is better; a score that throws an exception or is not finite makes its candidate a failed
     *                 one, which never wins and is not tried again
     * @param listener gets every evaluation when it is done; an exception of its own ends the search
     * @return every evaluation in order
     * @throws IllegalStateException if the listener threw, or the score threw an {@link Error}, with that as cause
     */
    public static TuningResult tune(TuningOptions options, ToDoubleFunction<Coefficients> score,
                                    Consumer<Evaluation> listener) {
        var evaluator = new Evaluator(listener);
        var configuration = configuration(options, new CoefficientsScore(score), evaluator);
        var runner = new LocalOptimizationRunner(configuration, evaluator) {
            @Override
            public void shutdown(boolean awaitCompletion) {
                super.shutdown(awaitCompletion);
                // The base class leaves this pool's thread behind.
                futureListenerExecutor.shutdown();
            }
        };
        runner.execute();
        evaluator.defect().ifPresent(defect -> {
            throw new IllegalStateException("tuning stopped after " + evaluator.evaluations().size()
                    + " evaluations: " + defect, defect);
        });
        return new TuningResult(evaluator.evaluations());
    }

    static OptimizationConfiguration configuration(TuningOptions options, CoefficientsScore score,
                                                   Evaluator evaluator) {
        return new OptimizationConfiguration.Builder()
                .candidateGenerator(generator(options))
                .scoreFunction(score)
                .terminationConditions(
                        new SearchEnd(options.evaluations(), options.maxTime(), evaluator),
                        new MaxCandidatesCondition(REPETITIONS * options.evaluations()))
                .rngSeed(options.seed())
                .build();
    }

    private static CandidateGenerator generator(TuningOptions options) {
        var space = new SimplexSpace(options.experts());
        var uniform = Coefficients.uniform(options.experts());
        var starts = new LinkedHashSet<Coefficients>();
        starts.add(uniform);
        starts.addAll(options.starts());
        var first = new ListedGenerator(space, List.copyOf(starts));
        return switch (options.search()) {
            case RANDOM -> new ChainedGenerator(first, new RandomSearchGenerator(space));
            case CMA_ES -> new ChainedGenerator(first,
                    new CmaEsGenerator(space, space.flatParameters(uniform), FIRST_SIGMA, false));
            case GRID -> {
                starts.addAll(Lattice.finest(options.experts(), options.evaluations() - starts.size()));
                yield new ListedGenerator(space, new ArrayList<>(starts));
            }
        };
    }
}
