package org.xlstm4j.bench.inference;

import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * What the project wants of inference, and what was measured.
 *
 * @param text     what is compared
 * @param bound    on which side of the limit it is to be
 * @param limit    where it ends to be good enough
 * @param measured what it came to; empty where it was not measured
 */
public record Goal(String text, Bound bound, double limit, OptionalDouble measured) {
    private static final int FLAT_FROM = 1024;
    private static final int FLAT_TO = 32_768;

    /** A side of a limit. */
    public enum Bound {
        /** No less than it. */
        AT_LEAST,
        /** No more than it. */
        AT_MOST
    }

    /** Whether it came to what it should; false where it was not measured. */
    public boolean isKept() {
        return measured.isPresent() && (bound == Bound.AT_LEAST ? measured.getAsDouble() >= limit
                : measured.getAsDouble() <= limit);
    }

    /** The goals, beside what {@code report} has of them. */
    public static List<Goal> of(InferenceReport report) {
        return List.of(
                new Goal("student's decode rate, 1,024 to 32,768 tokens: highest over lowest", Bound.AT_MOST, 1.10,
                        spread(report.together().entrySet().stream().filter(entry -> isFlat(entry.getKey()))
                                .mapToDouble(entry -> Point.median(entry.getValue())), hasEnds(report))),
                new Goal("student's peak memory, 1,024 to 32,768 tokens: highest over lowest", Bound.AT_MOST, 1.05,
                        spread(report.points().stream().filter(point -> point.subject() == Subject.STUDENT
                                && isFlat(point.context())).mapToDouble(Point::peakBytes), hasEnds(report))),
                ratio(report, "decode at 8,192 tokens, student to teacher", 8192, 1.8, Point::decodeRate),
                ratio(report, "decode at 32,768 tokens, student to teacher", FLAT_TO, 4.5, Point::decodeRate),
                ratio(report, "prefill at 16,384 tokens, student to teacher", 16_384, 1.8, Point::prefillRate),
                new Goal("decode, teacher to Jlama, where it is worst", Bound.AT_LEAST, 0.8, report.plan().contexts()
                        .stream().flatMapToDouble(context -> ratio(report, Subject.TEACHER, Subject.JLAMA, context,
                                Point::decodeRate).stream()).min()));
    }

    private static boolean isFlat(int context) {
        return context >= FLAT_FROM && context <= FLAT_TO;
    }

    private static boolean hasEnds(InferenceReport report) {
        return report.plan().contexts().containsAll(List.of(FLAT_FROM, FLAT_TO));
    }

    /** The highest over the lowest of values that were all measured. */
    private static OptionalDouble spread(DoubleStream values, boolean hasEnds) {
        var statistics = values.collect(DoubleSummaryStatistics::new, DoubleSummaryStatistics::accept,
                DoubleSummaryStatistics::combine);
        return hasEnds && statistics.getCount() > 1 && statistics.getMin() > 0
                ? OptionalDouble.of(statistics.getMax() / statistics.getMin()) : OptionalDouble.empty();
    }

    private static Goal ratio(InferenceReport report, String text, int context, double limit,
                              ToDoubleFunction<Point> figure) {
        return new Goal(text, Bound.AT_LEAST, limit, ratio(report, Subject.STUDENT, Subject.TEACHER, context, figure));
    }

    /** One model's figure to another's, at a context; empty where one of them is missing. */
    public static OptionalDouble ratio(InferenceReport report, Subject of, Subject to, int context,
                                       ToDoubleFunction<Point> figure) {
        double ratio = figure(report, of, context, figure) / figure(report, to, context, figure);
        return Double.isFinite(ratio) ? OptionalDouble.of(ratio) : OptionalDouble.empty();
    }

    private static double figure(InferenceReport report, Subject subject, int context, ToDoubleFunction<Point> figure) {
        return report.point(subject, context).stream().mapToDouble(figure).findFirst().orElse(Double.NaN);
    }

    Map<String, Object> json() {
        var json = new LinkedHashMap<String, Object>();
        json.put("goal", text);
        json.put(bound == Bound.AT_LEAST ? "atLeast" : "atMost", limit);
        measured.ifPresent(value -> {
            json.put("measured", value);
            json.put("kept", isKept());
        });
        return json;
    }
}
