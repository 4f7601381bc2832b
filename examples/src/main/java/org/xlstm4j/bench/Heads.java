package org.xlstm4j.bench;

/**
 * Heads of a batch of sequences.
 *
 * @param batch sequences
 * @param count heads of each
 * @param dim   width of queries, keys and values
 */
record Heads(int batch, int count, int dim) {

    /** The shape of queries, keys and values. */
    long[] sequence(int time) {
        return new long[] {(long) batch * time, (long) count * dim};
    }

    /** The shape of a gate's pre-activations. */
    long[] gates(int time) {
        return new long[] {(long) batch * time, count};
    }

    /** Floats in queries, keys or values. */
    double floats(int time) {
        return (double) batch * count * time * dim;
    }

    String shape(int time) {
        return (batch == 1 ? "" : "B=" + batch + " ") + "T=" + time + " H=" + count + " d=" + dim;
    }
}
