package org.xlstm4j.ops.graph;

import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.SessionMemMgr;
import org.nd4j.autodiff.samediff.internal.memory.ArrayCacheMemoryMgr;

/**
 * Memory that the sessions of several graphs share: what one run no longer needs serves the next, whichever graph that
 * is of. Otherwise each graph keeps its own, so that many small ones take more than one large one. For one thread.
 */
public final class SessionMemory {
    private final SessionMemMgr arrays = new ArrayCacheMemoryMgr();

    /** Makes runs of the graph on this thread planned ones over this memory, from now on. */
    public void use(SameDiff graph) {
        PlannedSession.use(graph, arrays);
    }
}
