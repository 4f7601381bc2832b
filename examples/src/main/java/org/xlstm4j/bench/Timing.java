package org.xlstm4j.bench;

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

    /** So much a second, where a call does {@code amount}. */
    double rate(double amount) {
        return amount / (median / 1e3);
    }
}
