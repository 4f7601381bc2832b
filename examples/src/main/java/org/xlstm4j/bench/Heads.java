package org.xlstm4j.bench;

/**
 * Heads of one sequence.
 *
 * @param count how many
 * @param dim   width of queries, keys and values
 */
record Heads(int count, int dim) {

    /** The shape of queries, keys and values. */
    long[] sequence(int time) {
        return new long[] {time, (long) count * dim};
    }

    /** The shape of a gate's pre-activations. */
    long[] gates(int time) {
        return new long[] {time, count};
    }

    /** Floats in queries, keys or values. */
    double floats(int time) {
        return (double) count * time * dim;
    }

    String shape(int time) {
        return "T=" + time + " H=" + count + " d=" + dim;
    }
}
