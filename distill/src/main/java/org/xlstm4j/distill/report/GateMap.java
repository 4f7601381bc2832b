package org.xlstm4j.distill.report;

import java.util.Arrays;
import java.util.List;

/**
 * How much of each head's output comes from its mLSTM, the rest from its window.
 *
 * @param name  of the student
 * @param share the mean output gate, from 0 to 1, [layer][head]; layers may differ in their heads
 */
public record GateMap(String name, List<List<Double>> share) {

    public GateMap {
        share = share.stream().map(List::copyOf).toList();
        if (share.isEmpty() || share.stream().anyMatch(List::isEmpty)
                || share.stream().flatMap(List::stream).anyMatch(gate -> !(gate >= 0 && gate <= 1))) {
            throw new IllegalArgumentException("the gates of " + name
                    + " must be layers of heads, each a share from 0 to 1");
        }
    }

    /** The map of an array [layer][head]. */
    public static GateMap of(String name, double[][] share) {
        return new GateMap(name, Arrays.stream(share).map(layer -> Arrays.stream(layer).boxed().toList()).toList());
    }
}
