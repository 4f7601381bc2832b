package org.xlstm4j.ops.cuda;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.DoublePointer;
import org.nd4j.jita.allocator.impl.AtomicAllocator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.jcublas.context.CudaContext;

/**
 * The GPU as the calling thread sees it: ND4J's stream on it, on which everything is done in order, and scratch memory.
 * Nothing here waits for the GPU, unless the system property {@value #BLOCKING_PROPERTY} is true: then every launch
 * does, and an error inside a kernel comes with the kernel's name.
 */
public final class Gpu {
    /** The system property for finding errors. */
    public static final String BLOCKING_PROPERTY = "xlstm4j.cuda.blocking";

    private static final boolean BLOCKING = Boolean.getBoolean(BLOCKING_PROPERTY);
    private static final ThreadLocal<Gpu> OF_THREAD = new ThreadLocal<>();

    private final Device device;
    private final CudaContext context;
    private CUstream_st stream;
    /** Whether kernels that wait for those before them by themselves start early: in recordings. */
    private boolean early;
    private final Scratch scratch = new Scratch();
    private final CudaBlas blas;

    private Gpu(CudaContext context) {
        this.context = context;
        this.device = Device.current();
        this.stream = new CUstream_st(context.getCublasStream());
        this.blas = new CudaBlas(stream);
    }

    static Gpu current() {
        var context = AtomicAllocator.getInstance().getDeviceContext();
        var gpu = OF_THREAD.get();
        if (gpu == null || gpu.context != context) {
            if (gpu != null) {
                gpu.scratch.free();
            }
            gpu = new Gpu(context);
            OF_THREAD.set(gpu);
        }
        return gpu;
    }

    /** What is known of it. */
    public Device device() {
        return device;
    }

    /** Products of matrices. */
    public CudaBlas blas() {
        return blas;
    }

    /**
     * Puts a kernel in line.
     *
     * @param source    its source's path below the operators' package, such as {@code norm/norm.cu}
     * @param defines   what the source is compiled for; compiled once
     * @param kernel    its name in the source
     * @param grid      how often it runs
     * @param arguments in the kernel's order and of its types: {@link DeviceArray}s, or null for a pointer to nothing,
     *                  Integers, Longs, Floats and Doubles
     */
    public void launch(String source, Defines defines, String kernel, Grid grid, Object... arguments) {
        var compiled = Program.of(source, defines, device).kernel(kernel);
        compiled.launch(stream, early, grid, arguments);
        if (BLOCKING) {
            Driver.check(cudart.cuStreamSynchronize(stream), compiled.describe(grid, arguments));
        }
    }

    /** Memory with arbitrary content, until the call of {@link CudaCall} ends. */
    public DeviceArray scratch(DataType type, long... shape) {
        long bytes = type.width();
        for (long size : shape) {
            bytes = Math.multiplyExact(bytes, size);
        }
        return DeviceArray.scratch(scratch.take(bytes), type, shape);
    }

    /** Fills an array with zeros. */
    public void clear(DeviceArray array) {
        Driver.check(cudart.cuMemsetD8Async(array.address(), (byte) 0, array.length() * array.type().width(), stream),
                "cuMemsetD8Async of " + array);
    }

    /** Copies an array to another of its type and length. */
    public void copy(DeviceArray from, DeviceArray to) {
        if (from.address() != to.address()) {
            Driver.check(cudart.cuMemcpyDtoDAsync(to.address(), from.address(), from.length() * from.type().width(),
                    stream), "cuMemcpyDtoDAsync of " + from);
        }
    }

    /** The array itself where it is of the type, a converted copy in scratch memory otherwise. */
    public DeviceArray as(DataType type, DeviceArray array) {
        if (array.type() == type) {
            return array;
        }
        var converted = scratch(type, array.length());
        launch("cuda/convert.cu", Defines.none().with("From", array.type()).with("To", type), "convert",
                Grid.over((array.length() + 7) / 8, 256), array, converted, array.length());
        return converted;
    }

    /** Waits until the GPU has done everything, and reads numbers: for what is no op of a graph. */
    public double[] read(DeviceArray doubles) {
        var values = new double[Math.toIntExact(doubles.length())];
        try (var target = new DoublePointer(values.length)) {
            Driver.check(cudart.cuMemcpyDtoHAsync(target, doubles.address(), (long) Double.BYTES * values.length,
                    stream), "cuMemcpyDtoHAsync of " + doubles);
            Driver.check(cudart.cuStreamSynchronize(stream), "waiting for " + doubles);
            target.get(values);
        }
        return values;
    }

    CUstream_st stream() {
        return stream;
    }

    /** Has launches recorded by another stream. */
    void record(CUstream_st recorder, Runnable launches) {
        var usual = stream;
        use(recorder);
        early = ChainedLaunch.isPossible(device);
        try {
            launches.run();
        } finally {
            early = false;
            use(usual);
        }
    }

    private void use(CUstream_st other) {
        stream = other;
        blas.use(other);
    }

    Scratch scratch() {
        return scratch;
    }

    void endCall() {
        scratch.reset();
    }
}
