package org.xlstm4j.ops.cuda;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Launches of kernels that start while the one before them in line still runs, and wait for it themselves
 * (<a href="https://docs.nvidia.com/cuda/cuda-c-programming-guide/#programmatic-dependent-launch-and-synchronization">
 * programmatic dependent launch</a>). The CUDA presets of ND4J are older than the driver's call for it.
 */
final class ChainedLaunch {
    /** {@code CUlaunchConfig}: sizes of the grid and of a block, shared bytes, stream, attributes, their number. */
    private static final int CONFIG_LONGS = 7;
    /** {@code CUlaunchAttribute}: its kind, and a value of up to 64 bytes. */
    private static final int ATTRIBUTE_LONGS = 9;
    private static final int PROGRAMMATIC_STREAM_SERIALIZATION = 6;
    /** The driver from which on such launches can be recorded. */
    private static final int DRIVER = 12_030;
    private static final int CAPABILITY = 90;
    private static final Function LAUNCH = find();

    private ChainedLaunch() {
    }

    private static Function find() {
        var log = LoggerFactory.getLogger(ChainedLaunch.class);
        var version = new int[1];
        if (cudart.cuDriverGetVersion(version) != 0 || version[0] < DRIVER) {
            return null;
        }
        try {
            return function(log);
        } catch (UnsatisfiedLinkError missing) {
            log.warn("the driver's cuLaunchKernelEx cannot be called, so kernels of a chain start one after another: {}",
                    missing.getMessage());
            return null;
        }
    }

    private static Function function(Logger log) {
        var library = System.getProperty("os.name").startsWith("Windows") ? "nvcuda" : "cuda";
        var function = NativeLibrary.getInstance(library).getFunction("cuLaunchKernelEx");
        log.debug("chains of kernels by {} of {}", function.getName(), library);
        return function;
    }

    /** Whether a GPU and its driver have such launches. */
    static boolean isPossible(Device device) {
        return device.capability() >= CAPABILITY && LAUNCH != null;
    }

    /** The driver's code, 0 for success. */
    static int launch(CUfunc_st function, CUstream_st stream, Grid grid, PointerPointer<Pointer> arguments) {
        try (var config = new LongPointer(CONFIG_LONGS); var attribute = new LongPointer(ATTRIBUTE_LONGS)) {
            var sizes = new IntPointer(config);
            sizes.put(new int[] {Math.toIntExact(grid.x()), grid.y(), grid.z(), grid.threadsX(), grid.threadsY(), 1,
                grid.sharedBytes(), 0}, 0, 8);
            config.put(4, stream.address()).put(5, attribute.address()).put(6, 1);
            Pointer.memset(attribute, 0, (long) Long.BYTES * ATTRIBUTE_LONGS);
            attribute.put(0, PROGRAMMATIC_STREAM_SERIALIZATION).put(1, 1);
            return LAUNCH.invokeInt(new Object[] {pointer(config), pointer(function), pointer(arguments), null});
        }
    }

    private static com.sun.jna.Pointer pointer(Pointer of) {
        return new com.sun.jna.Pointer(of.address());
    }
}
