package org.xlstm4j.distill.targets;

import java.util.Comparator;
import java.util.stream.IntStream;

/** The k largest of a row of logits by sorting all of them: what {@link TopK} is tested against. */
final class PlainTopK {
    private PlainTopK() {
    }

    static int[] ids(float[] logits, int from, int width, int k) {
        return IntStream.range(0, width).boxed()
                .sorted(Comparator.comparingDouble((Integer id) -> logits[from + id]).reversed())
                .limit(k).mapToInt(Integer::intValue).toArray();
    }

    /** The logarithm of the sum of the row's exponentials. */
    static double logSum(float[] logits, int from, int width) {
        double max = IntStream.range(from, from + width).mapToDouble(i -> logits[i]).max().orElseThrow();
        return max + Math.log(IntStream.range(from, from + width).mapToDouble(i -> Math.exp(logits[i] - max)).sum());
    }
}
