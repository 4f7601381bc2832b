package org.xlstm4j.ops.cpu;

import java.lang.ref.Reference;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A kernel's call with the arrays of an op: converted where they have to be, and kept until the kernel is done. */
public final class CpuCall {

    private CpuCall() {
    }

    /** A kernel over float32 arrays. */
    public interface Kernel {
        /** Writes every element of the outputs. */
        void run(List<Floats> inputs, List<Floats> outputs, Worker worker);
    }

    /** Runs the kernel on the calling thread, which may spread its work with {@link Workers}. */
    public static void run(List<INDArray> inputs, List<INDArray> outputs, Kernel kernel) {
        var from = inputs.stream().map(Floats::of).toList();
        var to = outputs.stream().map(Floats::toWrite).toList();
        try {
            BlasThreads.run(() -> Worker.current().run(0, (index, worker) -> kernel.run(from, to, worker)));
            for (int i = 0; i < to.size(); i++) {
                to.get(i).writeTo(outputs.get(i));
            }
        } finally {
            // Kernels hold addresses alone: the arrays must not be collected before.
            Reference.reachabilityFence(from);
            Reference.reachabilityFence(to);
        }
    }
}
