package org.xlstm4j.ops.cuda;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Whether own kernels can run here; asked once ND4J runs on a GPU. */
public final class CudaSupport {
    private static final int LEAST_CAPABILITY = 70;
    private static final String ON_CPU = "Or run on the CPU: put org.nd4j:nd4j-native-platform in nd4j-cuda's place on"
            + " the class path.";

    private static String obstacle;
    private static boolean asked;

    private CudaSupport() {
    }

    /**
     * What keeps own kernels from running; null where nothing does.
     *
     * @throws IllegalStateException if ND4J's own kernels cannot run on the GPU either
     */
    public static synchronized String obstacle() {
        if (!asked) {
            obstacle = find();
            asked = true;
        }
        return obstacle;
    }

    private static String find() {
        requireNd4j();
        try {
            int capability = Device.current().capability();
            if (capability < LEAST_CAPABILITY) {
                return "own kernels need a GPU of compute capability 7.0 or later, this one has "
                        + capability / 10 + "." + capability % 10;
            }
            Nvrtc.target(capability);
            return null;
        } catch (LinkageError e) {
            return "CUDA's libraries are incomplete (" + e.getMessage() + "): NVRTC comes with the CUDA toolkit, or with"
                    + " org.bytedeco:cuda-platform-redist of the version that nd4j-cuda depends on";
        }
    }

    /** ND4J's libraries hold code for some GPUs alone; on another, its first kernel fails or does nothing. */
    private static void requireNd4j() {
        double sum;
        try {
            sum = Nd4j.createUninitialized(DataType.FLOAT, 2).assign(1).add(1).sumNumber().doubleValue();
        } catch (RuntimeException e) {
            throw new IllegalStateException(unusable(), e);
        }
        if (sum != 4) {
            throw new IllegalStateException(unusable());
        }
    }

    private static String unusable() {
        int capability = Device.current().capability();
        return "ND4J's own CUDA kernels do not run on this GPU, of compute capability " + capability / 10 + "."
                + capability % 10 + ". ND4J 1.0.0-M2.1 (nd4j-cuda-11.6-platform or nd4j-cuda-11.4-platform) holds code"
                + " for 3.7 to 8.9; no release holds any for 9.0 and later. " + ON_CPU;
    }
}
