package org.xlstm4j.ops.graph;

/** What the executioners that run {@link JavaOp}s have in common. */
interface JavaOpExecutioner {

    /** Whether arrays lie in the CPU's memory. */
    boolean isOnCpu();
}
