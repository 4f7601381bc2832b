package org.xlstm4j.merge.tune;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.TaskCreator;
import org.deeplearning4j.arbiter.optimize.api.data.DataProvider;
import org.deeplearning4j.arbiter.optimize.api.data.DataSource;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.CandidateStatus;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.listener.StatusListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xlstm4j.merge.Coefficients;

/**
 * Scores candidates, each coefficients once, and records what came of them in the task's own thread, where Arbiter
 * cannot lose it. A score that throws or is not finite makes the candidate a failed one, which the generator hears of
 * too: Arbiter tells it of the others only. Made for a runner of one worker thread.
 */
@SuppressWarnings({"rawtypes", "deprecation"}) // Arbiter's interfaces are.
final class Evaluator implements TaskCreator {
    private static final Logger LOG = LoggerFactory.getLogger(Evaluator.class);

    private final Consumer<Evaluation> listener;
    private final Map<Coefficients, Evaluation> known = new HashMap<>();
    private final List<Evaluation> evaluations = new CopyOnWriteArrayList<>();
    private volatile Throwable defect;

    Evaluator(Consumer<Evaluation> listener) {
        this.listener = listener;
    }

    /** Every evaluation so far, in order. */
    List<Evaluation> evaluations() {
        return List.copyOf(evaluations);
    }

    /** What went wrong beyond a candidate's failure, in the listener say, and must end the search. */
    Optional<Throwable> defect() {
        return Optional.ofNullable(defect);
    }

    @Override
    public Callable<OptimizationResult> create(Candidate candidate, DataProvider dataProvider,
                                               ScoreFunction scoreFunction, List<StatusListener> listeners,
                                               IOptimizationRunner runner) {
        return () -> run(candidate, (CoefficientsScore) scoreFunction, runner);
    }

    @Override
    public Callable<OptimizationResult> create(Candidate candidate, Class<? extends DataSource> dataSource,
                                               Properties dataSourceProperties, ScoreFunction scoreFunction,
                                               List<StatusListener> listeners, IOptimizationRunner runner) {
        return () -> run(candidate, (CoefficientsScore) scoreFunction, runner);
    }

    private OptimizationResult run(Candidate candidate, CoefficientsScore score,
                                                IOptimizationRunner runner) {
        try {
            var coefficients = (Coefficients) candidate.getValue();
            var evaluation = known.get(coefficients);
            if (evaluation == null) {
                evaluation = evaluate(coefficients, score);
                known.put(coefficients, evaluation);
                evaluations.add(evaluation);
                listener.accept(evaluation);
            }
            var result = result(candidate, evaluation);
            if (evaluation.failed()) {
                runner.getConfiguration().getCandidateGenerator().reportResults(result);
            }
            return result;
        } catch (RuntimeException | Error e) {
            defect = e;
            throw e;
        }
    }

    private Evaluation evaluate(Coefficients coefficients, CoefficientsScore function) {
        int index = evaluations.size();
        long start = System.nanoTime();
        double score = Double.NaN;
        String failure = null;
        try {
            score = function.score(coefficients);
            if (!Double.isFinite(score)) {
                failure = "the score was " + score;
            }
        } catch (RuntimeException e) {
            LOG.warn("candidate {}, coefficients {}, failed", index, coefficients, e);
            failure = e.toString();
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        return new Evaluation(index, coefficients, failure == null ? score : Double.NaN, millis,
                Optional.ofNullable(failure));
    }

    private static OptimizationResult result(Candidate candidate, Evaluation evaluation) {
        long now = System.currentTimeMillis();
        Double score = evaluation.failed() ? null : evaluation.score();
        var status = evaluation.failed() ? CandidateStatus.Failed : CandidateStatus.Complete;
        var info = new CandidateInfo(candidate.getIndex(), status, score, now - evaluation.millis(),
                now - evaluation.millis(), now, candidate.getFlatParameters(), evaluation.failure().orElse(null));
        return new OptimizationResult(candidate, score, candidate.getIndex(), null, info, null);
    }
}
