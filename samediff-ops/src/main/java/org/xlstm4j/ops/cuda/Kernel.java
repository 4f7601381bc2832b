package org.xlstm4j.ops.cuda;

import java.util.Arrays;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** A function of a {@link Program} that runs on the GPU. */
final class Kernel {
    private static final int MOST_ARGUMENTS = 64;
    /** Shared memory that a block may have without asking for it. */
    private static final int DEFAULT_SHARED_BYTES = 48 * 1024;
    private static final String CHAINED = "chained_";
    private static final ThreadLocal<Arguments> ARGUMENTS = ThreadLocal.withInitial(Arguments::new);

    private final String name;
    private final CUfunc_st function = new CUfunc_st();
    private final boolean chained;
    private volatile int sharedBytes = DEFAULT_SHARED_BYTES;

    Kernel(CUmod_st module, String kernel, String source) {
        this.name = kernel + " of " + source;
        Driver.check(cudart.cuModuleGetFunction(function, module, kernel), "finding " + name);
        this.chained = isChained(module, kernel);
    }

    /** Whether it waits for the kernels before it by itself: chain.cuh's mark says so. */
    private static boolean isChained(CUmod_st module, String kernel) {
        try (var address = new LongPointer(1); var bytes = new SizeTPointer(1)) {
            int code = cudart.cuModuleGetGlobal(address, bytes, module, CHAINED + kernel);
            if (code != cudart.CUDA_ERROR_NOT_FOUND) {
                Driver.check(code, "cuModuleGetGlobal of " + CHAINED + kernel);
            }
            return code == 0;
        }
    }

    /**
     * Puts the kernel in line on the stream.
     *
     * @param early whether it may start while those before it still run, where it waits for them by itself
     */
    void launch(CUstream_st stream, boolean early, Grid grid, Object... arguments) {
        if (grid.sharedBytes() > sharedBytes) {
            Driver.check(cudart.cuFuncSetAttribute(function,
                    cudart.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, grid.sharedBytes()),
                    describe(grid, arguments) + ": cuFuncSetAttribute");
            sharedBytes = grid.sharedBytes();
        }
        var places = ARGUMENTS.get().of(arguments);
        int code = early && chained ? ChainedLaunch.launch(function, stream, grid, places)
                : cudart.cuLaunchKernel(function, Math.toIntExact(grid.x()), grid.y(), grid.z(), grid.threadsX(),
                        grid.threadsY(), 1, grid.sharedBytes(), stream, places, null);
        if (code != 0) {
            Driver.check(code, describe(grid, arguments));
        }
    }

    /** What was launched, for messages. */
    String describe(Grid grid, Object... arguments) {
        return "kernel " + name + " over " + grid + " with " + Arrays.toString(arguments);
    }

    /** Arguments of a launch in native memory, which CUDA copies: one place a thread, used again and again. */
    private static final class Arguments {
        private final LongPointer values = new LongPointer(MOST_ARGUMENTS);
        private final PointerPointer<Pointer> pointers = new PointerPointer<>(MOST_ARGUMENTS);

        Arguments() {
            for (int i = 0; i < MOST_ARGUMENTS; i++) {
                pointers.put(i, new Address(values.address() + (long) Long.BYTES * i));
            }
        }

        PointerPointer<Pointer> of(Object... arguments) {
            for (int i = 0; i < arguments.length; i++) {
                values.put(i, bits(arguments[i]));
            }
            return pointers;
        }

        /** An argument as the lower bytes of a number: GPUs' hosts are little-endian. */
        private static long bits(Object argument) {
            if (argument == null) {
                return 0;
            } else if (argument instanceof DeviceArray array) {
                return array.address();
            } else if (argument instanceof Integer number) {
                return number;
            } else if (argument instanceof Long number) {
                return number;
            } else if (argument instanceof Float number) {
                return Float.floatToRawIntBits(number);
            } else if (argument instanceof Double number) {
                return Double.doubleToRawLongBits(number);
            }
            throw new IllegalArgumentException("kernels take arrays, int, long, float and double, not "
                    + argument.getClass().getName());
        }
    }
}
