package org.xlstm4j.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.safetensors.SafetensorsFile;

/** Loads a checkpoint of floating-point tensors, and reads its files plainly, for comparison. */
public final class LoadBench {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int PART = 1 << 18;

    private final Checkpoint checkpoint;
    private final List<Path> files;
    private final long bytes;
    private final List<String> drop;

    /** @param drop a command to run before each, by which the operating system forgets files; empty for none */
    public LoadBench(Checkpoint checkpoint, List<String> drop) throws IOException {
        this.checkpoint = checkpoint;
        this.drop = List.copyOf(drop);
        var summary = checkpoint.summary();
        this.files = summary.files();
        this.bytes = summary.bytes();
    }

    /**
     * One measurement.
     *
     * @param plainRead     bytes a second of reading the files into one buffer, over and over
     * @param conversion    bytes a second of one core's time, of the files, of reading them part by part as float32
     * @param load          bytes a second, of the files, of {@link Checkpoint#load}
     * @param peakHeapBytes the most of Java's heap that was in use meanwhile, garbage included
     */
    public record Rates(double plainRead, double conversion, double load, long peakHeapBytes) {
    }

    /** Bytes of the tensors. */
    public long bytes() {
        return bytes;
    }

    /** Measures once. */
    public Rates measure() throws IOException, InterruptedException {
        forget();
        double plain = rate(this::readPlainly);
        forget();
        double conversion = conversion();
        forget();
        var heap = ManagementFactory.getMemoryPoolMXBeans().stream().filter(pool -> pool.getType() == MemoryType.HEAP)
                .toList();
        heap.forEach(MemoryPoolMXBean::resetPeakUsage);
        double load = rate(checkpoint::load);
        return new Rates(plain, conversion, load, heap.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum());
    }

    /** Something that reads all of the files. */
    private interface Reading {
        Object run() throws IOException;
    }

    private double rate(Reading reading) throws IOException {
        long begin = System.nanoTime();
        reading.run();
        return bytes / ((System.nanoTime() - begin) / 1e9);
    }

    private Object readPlainly() throws IOException {
        var buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        for (var file : files) {
            try (var channel = FileChannel.open(file)) {
                while (channel.read(buffer.clear()) >= 0) {
                    // Where the bytes go does not matter.
                }
            }
        }
        return buffer;
    }

    private double conversion() throws IOException {
        var threads = ManagementFactory.getThreadMXBean();
        long begin = threads.getCurrentThreadCpuTime();
        for (var path : files) {
            try (var file = SafetensorsFile.open(path)) {
                for (var name : file.names()) {
                    readParts(file, name);
                }
            }
        }
        return bytes / ((threads.getCurrentThreadCpuTime() - begin) / 1e9);
    }

    private static void readParts(SafetensorsFile file, String name) throws IOException {
        long elements = file.info(name).elements();
        var part = new float[(int) Math.min(PART, elements)];
        for (long from = 0; from < elements; from += PART) {
            // The last part ends with the tensor, and may read some of it again.
            file.readFloats(name, Math.min(from, elements - part.length), part);
        }
    }

    private void forget() throws IOException, InterruptedException {
        // The last model's arrays, which a collection alone frees.
        System.gc();
        Thread.sleep(1000);
        if (!drop.isEmpty() && new ProcessBuilder(drop).inheritIO().start().waitFor() != 0) {
            throw new IOException("the command failed: " + String.join(" ", drop));
        }
    }
}
