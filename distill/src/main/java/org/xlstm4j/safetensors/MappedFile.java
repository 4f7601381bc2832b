package org.xlstm4j.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import org.xlstm4j.safetensors.SafetensorsException.Reason;

/**
 * A file of any size in memory maps. No map exceeds 2 GiB, so there is one for each GiB, reaching half its length into
 * the next: whatever takes less than a GiB lies within one of them. A map is made when first needed.
 */
final class MappedFile implements AutoCloseable {
    private static final long STEP = 1L << 30;
    private static final long WINDOW = Integer.MAX_VALUE;

    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final ByteBuffer[] windows;

    MappedFile(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        this.size = channel.size();
        this.windows = new ByteBuffer[Math.toIntExact((size + STEP - 1) / STEP)];
    }

    /** {@code count} bytes from {@code begin} on, read-only and little-endian. */
    ByteBuffer slice(long begin, int count) throws IOException {
        // Touching a map beyond the end of its file would end the program.
        if (channel.size() < size) {
            throw shorter();
        }
        if (count > WINDOW - STEP || count == 0) {
            return channel.map(MapMode.READ_ONLY, begin, count).order(ByteOrder.LITTLE_ENDIAN);
        }
        int index = (int) (begin / STEP);
        return window(index).slice((int) (begin - index * STEP), count).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Fills {@code out} from {@code begin} on: for bytes that are read once, faster than by way of a map. */
    void read(long begin, ByteBuffer out) throws IOException {
        long at = begin;
        while (out.hasRemaining()) {
            int count = channel.read(out, at);
            if (count < 0) {
                throw shorter();
            }
            at += count;
        }
    }

    private SafetensorsException shorter() {
        return new SafetensorsException(Reason.TRUNCATED, path, "the file became shorter since it was opened");
    }

    private synchronized ByteBuffer window(int index) throws IOException {
        if (windows[index] == null) {
            long begin = index * STEP;
            windows[index] = channel.map(MapMode.READ_ONLY, begin, Math.min(WINDOW, size - begin));
        }
        return windows[index];
    }

    /** Refuses further slices; those handed out stay valid. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
