package org.xlstm4j.bench;

import java.util.Arrays;
import org.openjdk.jmh.util.Statistics;

/**
 * How long a call takes, in milliseconds.
 *
 * @param median        of all calls
 * @param lowerQuartile a quarter of the calls took no longer
 * @param upperQuartile three quarters took no longer
 * @param calls         how many were timed
 */
public record Timing(double median, double lowerQuartile, double upperQuartile, long calls) {

    static Timing of(Statistics milliseconds) {
        return new Timing(milliseconds.getPercentile(50), milliseconds.getPercentile(25),
                milliseconds.getPercentile(75), milliseconds.getN());
    }

    static Timing of(double[] milliseconds) {
        var sorted = milliseconds.clone();
        Arrays.sort(sorted);
        return new Timing(sorted[sorted.length / 2], sorted[sorted.length / 4], sorted[3 * sorted.length / 4],
                sorted.length);
    }

    /** So much a second, where a call does {@code amount}. */
    double rate(double amount) {
        return amount / (median / 1e3);
    }
}
