package org.xlstm4j.cli;

import java.util.Arrays;

/**
 * What several runs gave.
 *
 * @param mean      their mean
 * @param deviation their standard deviation, of a sample; NaN for one run
 */
record Spread(double mean, double deviation) {

    static Spread of(double... values) {
        double mean = Arrays.stream(values).average().orElse(Double.NaN);
        double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
        return new Spread(mean, values.length < 2 ? Double.NaN : Math.sqrt(squares / (values.length - 1)));
    }

    /** Such as 0.123 ± 0.004; the mean alone for one run. */
    String text(int decimals) {
        return Table.number(mean, decimals)
                + (Double.isNaN(deviation) ? "" : " ± " + Table.number(deviation, decimals));
    }
}
