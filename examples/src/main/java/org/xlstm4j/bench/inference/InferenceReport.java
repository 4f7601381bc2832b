package org.xlstm4j.bench.inference;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What {@link InferenceBench} has found so far.
 *
 * @param plan     what was to be measured
 * @param names    who ran the models, as the processes call themselves
 * @param points   by context, then by model
 * @param together the student's decode rates in one process, all contexts in turns: tokens a second of each round by
 *                 context
 * @param complete whether nothing is left to measure
 */
public record InferenceReport(Plan plan, Map<Subject, String> names, List<Point> points,
                              Map<Integer, List<Double>> together, boolean complete) {
    /** What its JSON calls itself. */
    public static final String FORMAT = "xlstm4j-inference-bench-1";

    public InferenceReport {
        names = Map.copyOf(names);
        points = List.copyOf(points);
        together = new TreeMap<>(together);
    }

    /** What one model came to at one context. */
    public Optional<Point> point(Subject subject, int context) {
        return points.stream().filter(point -> point.subject() == subject && point.context() == context).findFirst();
    }

    /**
     * How many tokens after the same prompts two agree on.
     *
     * @param same     tokens before they part, of all contexts
     * @param compared tokens that both gave
     */
    public record Agreement(int same, int compared) {
    }

    /** How far the peer computes what the teacher does; empty where no prompt was read by both. */
    public Optional<Agreement> agreement() {
        return points.stream().filter(point -> point.subject() == Subject.TEACHER && !point.tokens().isEmpty())
                .flatMap(teacher -> point(Subject.JLAMA, teacher.context()).filter(peer -> !peer.tokens().isEmpty())
                        .map(peer -> agreement(teacher.tokens(), peer.tokens())).stream())
                .reduce((a, b) -> new Agreement(a.same() + b.same(), a.compared() + b.compared()));
    }

    private static Agreement agreement(List<Integer> a, List<Integer> b) {
        int compared = Math.min(a.size(), b.size());
        int same = IntStream.range(0, compared).filter(i -> !a.get(i).equals(b.get(i))).findFirst().orElse(compared);
        return new Agreement(same, compared);
    }

    /** All figures, in plain units, and how they stand to the goals. */
    public Map<String, Object> json() {
        var json = new LinkedHashMap<String, Object>();
        json.put("format", FORMAT);
        json.put("complete", complete);
        json.put("plan", plan);
        json.put("names", new TreeMap<>(names));
        json.put("points", points.stream().map(InferenceReport::json).toList());
        json.put("studentInTurns", together);
        agreement().ifPresent(agreement -> json.put("agreement", agreement));
        json.put("goals", Goal.of(this).stream().map(Goal::json).toList());
        return json;
    }

    private static Map<String, Object> json(Point point) {
        var json = new LinkedHashMap<String, Object>();
        json.put("model", point.subject().text());
        json.put("context", point.context());
        json.put("promptRead", !point.prefillSeconds().isEmpty());
        json.put("prefillSeconds", point.prefillSeconds());
        json.put("decodeTokensPerSecond", point.decodeRates());
        putNumber(json, "firstTokenSecondsMedian", point.firstTokenSeconds());
        putNumber(json, "prefillTokensPerSecondMedian", point.prefillRate());
        putNumber(json, "decodeTokensPerSecondMedian", point.decodeRate());
        if (point.peakBytes() > 0) {
            json.put("peakBytes", point.peakBytes());
        }
        point.failure().ifPresent(failure -> json.put("failure", failure));
        return json;
    }

    private static void putNumber(Map<String, Object> json, String name, double value) {
        if (!Double.isNaN(value)) {
            json.put(name, value);
        }
    }
}
