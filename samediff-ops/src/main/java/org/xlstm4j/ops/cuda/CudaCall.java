package org.xlstm4j.ops.cuda;

import java.lang.ref.Reference;
import java.util.Collection;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A computation on a GPU with the arrays of an op: copied where they have to be, and put in line on ND4J's stream.
 * It returns before the GPU has done it; ND4J's own ops come after it on the stream.
 */
public final class CudaCall {

    private CudaCall() {
    }

    /** Launches over arrays in the GPU's memory. */
    public interface Launches {
        /** Has every element of the outputs written. */
        void run(List<DeviceArray> inputs, List<DeviceArray> outputs, Gpu gpu);
    }

    /** Runs the launches on the calling thread. */
    public static void run(List<INDArray> inputs, List<INDArray> outputs, Launches launches) {
        var gpu = Gpu.current();
        var from = inputs.stream().map(DeviceArray::of).toList();
        var to = outputs.stream().map(DeviceArray::toWrite).toList();
        try {
            launches.run(from, to, gpu);
            for (int i = 0; i < to.size(); i++) {
                to.get(i).writeTo(outputs.get(i));
            }
        } finally {
            gpu.endCall();
            Reference.reachabilityFence(from);
            Reference.reachabilityFence(to);
        }
    }

    /** Puts arrays that the host wrote to on the GPU. */
    public static void upload(Collection<INDArray> arrays) {
        var stream = Gpu.current().stream();
        arrays.forEach(array -> DeviceArray.upload(array, stream));
    }

    /** Says to ND4J that the GPU has written, or will have, to arrays that a {@link CudaReplay} writes to. */
    public static void written(Collection<INDArray> arrays) {
        arrays.forEach(array -> DeviceArray.toWrite(array).writeTo(array));
    }
}
