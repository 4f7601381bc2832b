package org.xlstm4j.ops.cuda;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** CUDA's run-time compiler. */
final class Nvrtc {
    /** From this version on, 11.1, it makes machine code; before, PTX alone. */
    private static final int MACHINE_CODE = 11010;
    /** From this version on, 11.2, it says which architectures it knows. */
    private static final int KNOWN_ARCHITECTURES = 11020;
    /** From this version on it knows what Hopper alone has: products by whole groups of warps. */
    private static final int WARPGROUPS = 12000;
    private static final int HOPPER = 90;

    private Nvrtc() {
    }

    /** Its version, such as 11020 for 11.2. */
    static int version() {
        var major = new int[1];
        var minor = new int[1];
        check(nvrtc.nvrtcVersion(major, minor), "nvrtcVersion");
        return major[0] * 1000 + minor[0] * 10;
    }

    /** The option for a GPU: machine code where the compiler knows it, PTX of the newest that it knows otherwise. */
    static String target(int capability) {
        int version = version();
        if (version < KNOWN_ARCHITECTURES) {
            // 11.1 and before know nothing newer than 8.6.
            int known = Math.min(capability, 86);
            return (version >= MACHINE_CODE && known == capability ? "sm_" : "compute_") + known;
        }
        var known = architectures();
        if (Arrays.stream(known).anyMatch(one -> one == capability)) {
            return "sm_" + capability + (hasWarpgroups(capability) ? "a" : "");
        }
        return "compute_" + Arrays.stream(known).filter(one -> one < capability).max().orElseThrow(() ->
                new CudaException("NVRTC " + version + " knows no architecture up to compute capability " + capability));
    }

    /** Whether kernels may be compiled that only run on a Hopper GPU, and this is one. */
    static boolean hasWarpgroups(int capability) {
        return capability == HOPPER && version() >= WARPGROUPS;
    }

    private static int[] architectures() {
        var count = new int[1];
        check(nvrtc.nvrtcGetNumSupportedArchs(count), "nvrtcGetNumSupportedArchs");
        try (var values = new IntPointer(count[0])) {
            check(nvrtc.nvrtcGetSupportedArchs(values), "nvrtcGetSupportedArchs");
            var all = new int[count[0]];
            values.get(all);
            return all;
        }
    }

    /**
     * Compiles a source.
     *
     * @param name    of the source, for messages
     * @param headers the text of each file that it includes, by name
     * @return machine code for a target {@code sm_…}, PTX for one of {@code compute_…}
     */
    static byte[] compile(String name, String source, Map<String, String> headers, String target,
                          List<String> options) {
        var all = new ArrayList<>(options);
        all.add("--gpu-architecture=" + target);
        all.add("--std=c++17");
        // What is evaluated while compiling needs no mark then.
        all.add("--device-as-default-execution-space");
        var names = headers.keySet().toArray(String[]::new);
        var texts = Arrays.stream(names).map(headers::get).toArray(String[]::new);
        try (var program = new _nvrtcProgram(); var text = new BytePointer(source, StandardCharsets.UTF_8);
             var file = new BytePointer(name, StandardCharsets.UTF_8);
             var headerTexts = new PointerPointer<BytePointer>(texts);
             var headerNames = new PointerPointer<BytePointer>(names);
             var arguments = new PointerPointer<BytePointer>(all.toArray(String[]::new))) {
            check(nvrtc.nvrtcCreateProgram(program, text, file, names.length, headerTexts, headerNames),
                    "nvrtcCreateProgram of " + name);
            try {
                int code = nvrtc.nvrtcCompileProgram(program, all.size(), arguments);
                if (code != nvrtc.NVRTC_SUCCESS) {
                    throw new CudaException("NVRTC could not compile " + name + " with " + all + ": " + log(program));
                }
                return code(program, target.startsWith("sm_"));
            } finally {
                nvrtc.nvrtcDestroyProgram(program);
            }
        }
    }

    private static byte[] code(_nvrtcProgram program, boolean machineCode) {
        try (var size = new SizeTPointer(1)) {
            check(machineCode ? nvrtc.nvrtcGetCUBINSize(program, size) : nvrtc.nvrtcGetPTXSize(program, size),
                    "size of the code");
            var code = new byte[Math.toIntExact(size.get())];
            check(machineCode ? nvrtc.nvrtcGetCUBIN(program, code) : nvrtc.nvrtcGetPTX(program, code), "code");
            return code;
        }
    }

    private static String log(_nvrtcProgram program) {
        try (var size = new SizeTPointer(1)) {
            check(nvrtc.nvrtcGetProgramLogSize(program, size), "nvrtcGetProgramLogSize");
            try (var log = new BytePointer(size.get())) {
                check(nvrtc.nvrtcGetProgramLog(program, log), "nvrtcGetProgramLog");
                return log.getString();
            }
        }
    }

    private static void check(int code, String call) {
        if (code != nvrtc.NVRTC_SUCCESS) {
            throw new CudaException("NVRTC: " + call + " failed with code " + code + ", "
                    + nvrtc.nvrtcGetErrorString(code).getString());
        }
    }
}
