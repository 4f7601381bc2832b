package org.xlstm4j.ops.cuda;

import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/** Calls of CUDA's driver, with errors as exceptions. */
final class Driver {

    private Driver() {
    }

    /** Throws what says which call failed, unless the code is 0. */
    static void check(int code, String call) {
        if (code != 0) {
            throw new CudaException(call + " failed with CUDA error " + code + ", " + name(code));
        }
    }

    private static String name(int code) {
        try (var name = new PointerPointer<BytePointer>(1)) {
            return cudart.cuGetErrorString(code, name) == 0 ? name.get(BytePointer.class, 0).getString() : "unknown";
        }
    }

    /** An attribute of a GPU: one of {@code cudart.CU_DEVICE_ATTRIBUTE_…}. */
    static int attribute(int attribute, int device) {
        var value = new int[1];
        check(cudart.cuDeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute " + attribute);
        return value[0];
    }

    /** The GPU of the calling thread's context. */
    static int device() {
        var device = new int[1];
        check(cudart.cuCtxGetDevice(device), "cuCtxGetDevice");
        return device[0];
    }

    /** The calling thread's context: what modules and memory belong to. */
    static long context() {
        try (var context = new CUctx_st()) {
            check(cudart.cuCtxGetCurrent(context), "cuCtxGetCurrent");
            return context.address();
        }
    }
}
