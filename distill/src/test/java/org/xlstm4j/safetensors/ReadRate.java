package org.xlstm4j.safetensors;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures how fast the files of a folder are read: plainly, by parts into one float array, and into arrays of ND4J.
 * Rates are of the files' bytes, by the clock and by the time of the thread's core, which does not hang on other work.
 *
 * <p>{@code ReadRate FOLDER} measures; {@code ReadRate FOLDER GIGABYTES} first writes that much bfloat16 there.
 * Messages are of level info: {@code -Dorg.slf4j.simpleLogger.defaultLogLevel=info}.
 */
final class ReadRate {
    private static final Logger LOG = LoggerFactory.getLogger(ReadRate.class);
    private static final int ROUNDS = 3;
    private static final long[] SHAPE = {4096, 14336};
    private static final long SHARD_BYTES = 2_000_000_000L;

    private interface Work {
        void run(Path file) throws IOException;
    }

    private ReadRate() {
    }

    public static void main(String[] args) throws IOException {
        var folder = Path.of(args[0]);
        if (args.length > 1) {
            write(folder, Long.parseLong(args[1]) * 1_000_000_000L);
        }
        List<Path> files;
        try (var found = Files.list(folder)) {
            files = found.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
        }
        long bytes = 0;
        for (var file : files) {
            bytes += Files.size(file);
        }
        for (int round = 0; round < ROUNDS; round++) {
            measure("plain read", bytes, files, ReadRate::readPlainly);
            measure("by parts into float[]", bytes, files, ReadRate::readParts);
            measure("into ND4J's arrays", bytes, files, ReadRate::readArrays);
        }
        long heap = ManagementFactory.getMemoryPoolMXBeans().stream().filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
        LOG.info("peak heap {} MB", heap / 1_000_000);
    }

    private static void write(Path folder, long bytes) throws IOException {
        var values = Nd4j.randn(DataType.FLOAT, SHAPE);
        var writer = new SafetensorsWriter();
        for (long i = 0; i < bytes / (2 * SHAPE[0] * SHAPE[1]); i++) {
            writer.add("layers." + i + ".weight", DType.BF16, SHAPE, () -> values);
        }
        measure("written", bytes, List.of(folder), target -> writer.writeShards(target, SHARD_BYTES));
    }

    private static void measure(String what, long bytes, List<Path> files, Work work) throws IOException {
        var threads = ManagementFactory.getThreadMXBean();
        long core = threads.getCurrentThreadCpuTime();
        long begun = System.nanoTime();
        for (var file : files) {
            work.run(file);
        }
        double clock = System.nanoTime() - begun;
        core = threads.getCurrentThreadCpuTime() - core;
        LOG.info("{}: {} GB/s by the clock, {} GB/s a core", what, String.format("%.2f", bytes / clock),
                String.format("%.2f", (double) bytes / core));
    }

    private static void readPlainly(Path file) throws IOException {
        var buffer = ByteBuffer.allocateDirect(1 << 20);
        try (var channel = FileChannel.open(file)) {
            while (channel.read(buffer.clear()) >= 0) {
                Thread.onSpinWait();
            }
        }
    }

    private static void readParts(Path path) throws IOException {
        try (var file = SafetensorsFile.open(path)) {
            var part = new float[1 << 18];
            for (var name : file.names()) {
                long elements = file.info(name).elements();
                for (long from = 0; from < elements; from += part.length) {
                    file.readFloats(name, Math.max(0, Math.min(from, elements - part.length)),
                            elements < part.length ? new float[(int) elements] : part);
                }
            }
        }
    }

    private static void readArrays(Path path) throws IOException {
        try (var file = SafetensorsFile.open(path)) {
            for (var name : file.names()) {
                file.readFloat32(name).close();
            }
        }
    }
}
