package org.xlstm4j.distill.evaluate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Sequences by length, as many at a time as memory holds. */
final class Batches {

    private Batches() {
    }

    /** What {@code model} makes of every sequence, in their order; it is given some of similar length at a time. */
    static <T> List<T> run(List<int[]> sequences, Function<List<int[]>, List<T>> model) {
        var order = IntStream.range(0, sequences.size()).boxed()
                .sorted(Comparator.comparingInt((Integer i) -> sequences.get(i).length).reversed()).toList();
        var results = new ArrayList<T>(Collections.nCopies(sequences.size(), null));
        for (int from = 0, end; from < order.size(); from = end) {
            int longest = sequences.get(order.get(from)).length;
            end = Math.min(order.size(), from + Math.max(1, EvaluationPlan.TOKENS_PER_GROUP / longest));
            var rows = order.subList(from, end);
            var some = model.apply(rows.stream().map(sequences::get).toList());
            for (int i = 0; i < rows.size(); i++) {
                results.set(rows.get(i), some.get(i));
            }
        }
        return results;
    }
}
