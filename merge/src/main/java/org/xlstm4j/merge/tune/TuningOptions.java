package org.xlstm4j.merge.tune;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.xlstm4j.merge.Coefficients;

/**
 * What to search and when to stop.
 *
 * @param experts     how many experts are merged, at least two
 * @param evaluations candidates to score at most, the uniform one included; repeated ones are not counted
 * @param seed        of the random candidates; the same seed gives the same candidates while scores are the same
 * @param search      how candidates are chosen
 * @param maxTime     no candidate is begun after it, but the uniform one always is; the one under way is finished
 * @param starts      candidates to try after the uniform one and before the search, may be empty
 */
public record TuningOptions(int experts, int evaluations, long seed, Search search, Duration maxTime,
                            List<Coefficients> starts) {
    /** As long as it takes. */
    public static final Duration NO_TIME_LIMIT = ChronoUnit.FOREVER.getDuration();

    public TuningOptions {
        if (experts < 2) {
            throw new IllegalArgumentException("tuning needs at least 2 experts, was " + experts);
        }
        if (evaluations < 1) {
            throw new IllegalArgumentException("evaluations must be at least 1, was " + evaluations);
        }
        Objects.requireNonNull(search, "search");
        Objects.requireNonNull(maxTime, "maxTime");
        if (maxTime.isNegative() || maxTime.isZero()) {
            throw new IllegalArgumentException("maxTime must be positive, was " + maxTime);
        }
        starts = List.copyOf(starts);
        for (var start : starts) {
            if (start.experts() != experts) {
                throw new IllegalArgumentException("the starting point " + start + " is for " + start.experts()
                        + " experts, but there are " + experts + ": give one coefficient for every expert");
            }
        }
    }

    /** A search with CMA-ES, without a time limit, which tries the uniform coefficients and then the corners. */
    public static TuningOptions of(int experts, int evaluations, long seed) {
        return new TuningOptions(experts, evaluations, seed, Search.CMA_ES, NO_TIME_LIMIT, corners(experts));
    }

    /** Every expert alone. */
    public static List<Coefficients> corners(int experts) {
        return IntStream.range(0, experts).mapToObj(expert -> Coefficients.corner(experts, expert)).toList();
    }

    /** The same options with another kind of search. */
    public TuningOptions withSearch(Search kind) {
        return new TuningOptions(experts, evaluations, seed, kind, maxTime, starts);
    }

    /** The same options with another time limit. */
    public TuningOptions withMaxTime(Duration limit) {
        return new TuningOptions(experts, evaluations, seed, search, limit, starts);
    }

    /** The same options with other starting points after the uniform one. */
    public TuningOptions withStarts(List<Coefficients> points) {
        return new TuningOptions(experts, evaluations, seed, search, maxTime, points);
    }
}
