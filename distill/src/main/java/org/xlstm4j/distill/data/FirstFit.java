package org.xlstm4j.distill.data;

import java.util.Arrays;

/**
 * First-fit bin packing in O(n log n): every item goes to the first row that still has room for it. A tree over the
 * rows holds the largest room in each subtree, so the first fitting row is found by walking down from the root.
 */
final class FirstFit {
    private final int leaves;
    private final int[] room;

    private FirstFit(int items, int capacity) {
        leaves = items < 2 ? 1 : Integer.highestOneBit(items - 1) << 1;
        room = new int[2 * leaves];
        Arrays.fill(room, capacity);
    }

    /** The row of each item, rows numbered from 0 in the order in which they are opened. */
    static int[] rows(int[] lengths, int capacity) {
        var rows = new FirstFit(lengths.length, capacity);
        return Arrays.stream(lengths).map(rows::place).toArray();
    }

    private int place(int length) {
        if (length > room[1]) {
            throw new IllegalArgumentException("no row has room for " + length + " tokens");
        }
        var node = 1;
        while (node < leaves) {
            node *= 2;
            if (room[node] < length) {
                node++;
            }
        }
        room[node] -= length;
        for (var parent = node / 2; parent > 0; parent /= 2) {
            room[parent] = Math.max(room[2 * parent], room[2 * parent + 1]);
        }
        return node - leaves;
    }
}
