package org.xlstm4j.ops.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A source compiled and loaded into a GPU's context: kept for good. */
final class Program {
    private static final Logger LOG = LoggerFactory.getLogger(Program.class);
    private static final Map<Key, Program> LOADED = new ConcurrentHashMap<>();
    private static final KernelCache CACHE = KernelCache.ofUser();

    private final String name;
    private final CUmod_st module;
    private final Map<String, Kernel> kernels = new ConcurrentHashMap<>();

    private record Key(long context, String source, List<String> options) {
    }

    private Program(String name, byte[] code) {
        this.name = name;
        this.module = new CUmod_st();
        try (var image = terminated(code)) {
            Driver.check(cudart.cuModuleLoadData(module, image), "loading " + name + ": cuModuleLoadData");
        }
    }

    /** PTX is read up to a zero. */
    private static BytePointer terminated(byte[] code) {
        var image = new BytePointer(code.length + 1L);
        image.put(code, 0, code.length);
        image.put(code.length, (byte) 0);
        return image;
    }

    static Program of(String source, Defines defines, Device device) {
        return LOADED.computeIfAbsent(new Key(device.context(), source, defines.options()),
                key -> compile(Source.of(source), defines, device));
    }

    private static Program compile(Source source, Defines defines, Device device) {
        var target = Nvrtc.target(device.capability());
        var parts = new ArrayList<>(List.of(source.text(), target, Integer.toString(Nvrtc.version())));
        source.headers().forEach((name, text) -> parts.addAll(List.of(name, text)));
        parts.addAll(defines.options());
        var code = CACHE.get(parts, () -> {
            long started = System.nanoTime();
            var compiled = Nvrtc.compile(source.name(), source.text(), source.headers(), target, defines.options());
            LOG.debug("compiled {} {} for {} in {} ms", source.name(), defines.options(), target,
                    (System.nanoTime() - started) / 1_000_000);
            return compiled;
        });
        return new Program(source.name(), code);
    }

    Kernel kernel(String kernel) {
        return kernels.computeIfAbsent(kernel, one -> new Kernel(module, one, name));
    }
}
