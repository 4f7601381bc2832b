package org.xlstm4j.ops.cuda;

import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraphNode_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;

/**
 * Launches recorded once and put in line as a whole, as a CUDA graph: what takes longest in a chain of short kernels,
 * to launch them, is done once. Everything that was recorded works on the same memory every time.
 */
public final class CudaReplay implements AutoCloseable {
    /** Calls of other threads do not disturb a recording, and are not disturbed. */
    private static final int THREAD_LOCAL = 1;

    private final CUgraphExec_st graph = new CUgraphExec_st();
    /** What the launches have their scratch memory of. */
    private final Scratch scratch;

    private CudaReplay(Scratch scratch) {
        this.scratch = scratch;
    }

    /**
     * Records what the calling thread launches, without running it.
     *
     * @param launches has run before, so that kernels are compiled and scratch memory is there; launches own kernels
     *                 alone, over arrays that are on the GPU
     */
    public static CudaReplay record(Runnable launches) {
        var gpu = Gpu.current();
        var replay = new CudaReplay(gpu.scratch());
        try (var stream = new CUstream_st(); var recorded = new CUgraph_st()) {
            // ND4J copies on the default stream, which waits for all others but those that do not block: on such a one
            // alone, a recording does not make other threads' copies fail.
            Driver.check(cudart.cuStreamCreate(stream, cudart.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
            try {
                record(launches, gpu, stream, recorded);
            } finally {
                cudart.cuStreamDestroy(stream);
            }
            try {
                Driver.check(cudart.cuGraphInstantiate(replay.graph, recorded, (CUgraphNode_st) null,
                        (BytePointer) null, 0), "cuGraphInstantiate");
            } finally {
                cudart.cuGraphDestroy(recorded);
            }
        }
        replay.scratch.retain();
        return replay;
    }

    private static void record(Runnable launches, Gpu gpu, CUstream_st stream, CUgraph_st recorded) {
        Driver.check(cudart.cuStreamBeginCapture(stream, THREAD_LOCAL), "cuStreamBeginCapture");
        try {
            gpu.record(stream, launches);
        } finally {
            Driver.check(cudart.cuStreamEndCapture(stream, recorded), "cuStreamEndCapture");
        }
    }

    /** Puts all that was recorded in line on the calling thread's stream. */
    public void launch() {
        Driver.check(cudart.cuGraphLaunch(graph, Gpu.current().stream()), "cuGraphLaunch");
    }

    /** Called by the thread that recorded. */
    @Override
    public void close() {
        if (!graph.isNull()) {
            Driver.check(cudart.cuGraphExecDestroy(graph), "cuGraphExecDestroy");
            graph.setNull();
            scratch.release();
        }
    }
}
