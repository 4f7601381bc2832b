package org.xlstm4j.generate;

/** Finds where the largest of many numbers end, without sorting them: quickselect, in three parts. */
final class Selection {
    /** Of a linear congruential generator (Numerical Recipes), to choose pivots that no order of numbers defeats. */
    private static final int FACTOR = 1664525;
    private static final int INCREMENT = 1013904223;

    /**
     * The last of the largest.
     *
     * @param value   the number; larger ones are all taken
     * @param missing what those leave missing of what was asked for, to be filled with numbers that equal it
     */
    record Last(float value, double missing) {
    }

    private Selection() {
    }

    /** Of the {@code count} largest of {@code numbers[0 … length)}, whose order changes. */
    static Last ofLargest(float[] numbers, int length, int count) {
        return select(numbers, length, count, false);
    }

    /** Of the fewest largest, none negative, that sum up to {@code sum}. */
    static Last ofSum(float[] numbers, int length, double sum) {
        return select(numbers, length, sum, true);
    }

    private static Last select(float[] numbers, int length, double asked, boolean weighted) {
        int from = 0;
        int to = length;
        double missing = asked;
        int random = length;
        while (true) {
            random = random * FACTOR + INCREMENT;
            float pivot = numbers[from + (int) (Integer.toUnsignedLong(random) * (to - from) >>> Integer.SIZE)];
            int larger = from;
            int smaller = to;
            double sumOfLarger = 0;
            for (int i = from; i < smaller; ) {
                float number = numbers[i];
                if (number > pivot) {
                    sumOfLarger += weighted ? number : 1;
                    numbers[i++] = numbers[larger];
                    numbers[larger++] = number;
                } else if (number < pivot) {
                    numbers[i] = numbers[--smaller];
                    numbers[smaller] = number;
                } else {
                    i++;
                }
            }
            if (larger > from && sumOfLarger >= missing) {
                to = larger;
                continue;
            }
            missing -= sumOfLarger;
            double sumOfEqual = (double) (smaller - larger) * (weighted ? pivot : 1);
            // The smallest of all, where rounding leaves something missing.
            if (sumOfEqual >= missing || smaller == length) {
                return new Last(pivot, missing);
            }
            missing -= sumOfEqual;
            from = smaller;
        }
    }
}
