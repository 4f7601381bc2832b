package org.xlstm4j.distill.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * The plane of a chart: where values lie in it, its grid and its ticks.
 *
 * @param width  of the whole chart; everything is in units of a phone's CSS pixel, and scales up
 * @param height of the whole chart
 * @param left   margin
 * @param bottom margin
 * @param x      what lies left and right
 * @param y      what lies at the bottom and at the top
 */
record Frame(int width, int height, int left, int bottom, Range x, Range y) {
    private static final int RIGHT = 14;
    private static final int TOP = 10;

    /**
     * A span of values.
     *
     * @param low         its lower end
     * @param high        its upper end
     * @param logarithmic whether equal ratios lie equally far apart
     */
    record Range(double low, double high, boolean logarithmic) {
        private static final int TICKS = 5;

        static Range of(double low, double high) {
            return new Range(low, high, false);
        }

        /** How far within the span a value lies, from 0 to 1. */
        double share(double value) {
            return logarithmic ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
        }

        /** Round values within the span. */
        double[] ticks() {
            if (logarithmic) {
                return DoubleStream.iterate(Math.pow(10, Math.floor(Math.log10(low))), power -> power * 10)
                        .takeWhile(power -> power <= high)
                        .flatMap(power -> DoubleStream.of(power, 2 * power, 5 * power))
                        .filter(tick -> tick >= low && tick <= high).toArray();
            }
            var step = step((high - low) / TICKS);
            return DoubleStream.iterate(Math.ceil(low / step - 1e-9) * step, tick -> tick + step)
                    .takeWhile(tick -> tick <= high + step * 1e-6).toArray();
        }

        /** 1, 2 or 5 times a power of ten, no smaller than {@code least}. */
        private static double step(double least) {
            var power = Math.pow(10, Math.floor(Math.log10(least)));
            return DoubleStream.of(1, 2, 5, 10).map(factor -> factor * power)
                    .filter(step -> step >= least * (1 - 1e-9)).findFirst().orElseThrow();
        }
    }

    double right() {
        return width - RIGHT;
    }

    double floor() {
        return height - bottom;
    }

    double x(double value) {
        return left + x.share(value) * (right() - left);
    }

    double y(double value) {
        return floor() - y.share(value) * (floor() - TOP);
    }

    /** An empty chart with a name and a description for those who do not see it. */
    static Tag svg(int width, int height, String name) {
        return Tag.of("svg", "viewBox", "0 0 " + width + " " + height, "role", "img", "aria-label", name,
                "class", "chart");
    }

    /** The grid with its ticks, and what the axes mean. */
    List<Tag> axes(String xTitle, String yTitle) {
        var tags = new ArrayList<Tag>(vertical(xTitle));
        for (var tick : y.ticks()) {
            tags.add(line(left, y(tick), right(), y(tick), "grid"));
            tags.add(text(left - 5, y(tick) + 4, "end", label(tick)));
        }
        tags.add(Tag.of("text", "transform", "translate(12 " + Tag.number((TOP + floor()) / 2) + ") rotate(-90)",
                "text-anchor", "middle", "class", "axis").text(yTitle));
        return tags;
    }

    /** The lines that cross the x axis, alone. */
    List<Tag> vertical(String xTitle) {
        var tags = new ArrayList<Tag>();
        for (var tick : x.ticks()) {
            tags.add(line(x(tick), TOP, x(tick), floor(), "grid"));
            tags.add(text(x(tick), floor() + 15, "middle", label(tick)));
        }
        tags.add(Tag.of("text", "x", Tag.number((left + right()) / 2), "y", Tag.number(height - 4.0),
                "text-anchor", "middle", "class", "axis").text(xTitle));
        return tags;
    }

    static Tag line(double x1, double y1, double x2, double y2, String style) {
        return Tag.of("line", "x1", Tag.number(x1), "y1", Tag.number(y1), "x2", Tag.number(x2), "y2", Tag.number(y2),
                "class", style);
    }

    static Tag text(double x, double y, String anchor, String text) {
        return Tag.of("text", "x", Tag.number(x), "y", Tag.number(y), "text-anchor", anchor).text(text);
    }

    /** A text of at most so many characters, for where there is room for no more. */
    static String fit(String text, int most) {
        return text.codePointCount(0, text.length()) <= most ? text
                : text.substring(0, text.offsetByCodePoints(0, most - 1)) + "…";
    }

    /** A number on an axis: 0.05, 12, 3k, 8B. */
    static String label(double value) {
        var units = List.of("", "k", "M", "B", "T");
        var unit = 0;
        var shown = value;
        while (Math.abs(shown) >= 1000 && unit + 1 < units.size()) {
            shown /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.4f", shown).replaceFirst("^-(0\\.0+)$", "$1")
                .replaceFirst("\\.?0+$", "") + units.get(unit);
    }
}
