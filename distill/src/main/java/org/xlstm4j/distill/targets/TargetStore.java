package org.xlstm4j.distill.targets;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.Tokenizer;
import org.xlstm4j.distill.data.PackedBatch;

/** A target store open for reading, row by row in any order; every row read is checked against its CRC. */
public final class TargetStore implements AutoCloseable {
    private static final int MAX_HEADER_BYTES = 1 << 20;

    private final Path file;
    private final FileChannel channel;
    private final StoreHeader header;
    private final long firstRow;

    private TargetStore(Path file, FileChannel channel, StoreHeader header, long firstRow) {
        this.file = file;
        this.channel = channel;
        this.header = header;
        this.firstRow = firstRow;
    }

    /**
     * Opens a store.
     *
     * @throws TargetStoreException if the file is not a store, of another version, or not of the length it promises
     */
    public static TargetStore open(Path file) throws IOException {
        var channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            var store = read(file, channel);
            long expected = store.firstRow + (long) store.header.rows() * store.header.rowBytes();
            if (channel.size() != expected) {
                throw new TargetStoreException(file,
                        "has " + channel.size() + " bytes instead of " + expected + ": capture it again");
            }
            return store;
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    private static TargetStore read(Path file, FileChannel channel) throws IOException {
        int magic = Capture.MAGIC.length();
        if (channel.size() < magic + 4) {
            throw new TargetStoreException(file, "is too short for a target store");
        }
        var head = readFully(channel, 0, magic + 4);
        if (!new String(head.array(), 0, magic, StandardCharsets.US_ASCII).equals(Capture.MAGIC)) {
            throw new TargetStoreException(file, "is not a target store: write one with capture");
        }
        int length = head.getInt(magic);
        if (length < 2 || length > MAX_HEADER_BYTES || length > channel.size() - magic - 4) {
            throw new TargetStoreException(file, "has a header of " + length + " bytes: the file is damaged");
        }
        var json = readFully(channel, magic + 4, length);
        try {
            return new TargetStore(file, channel, new ObjectMapper().readValue(json.array(), StoreHeader.class),
                    magic + 4L + length);
        } catch (IOException broken) {
            var cause = broken.getCause() != null ? broken.getCause().getMessage() : "the file is damaged";
            throw new TargetStoreException(file, "has a header that cannot be read: " + cause);
        }
    }

    /** What the store says of itself. */
    public StoreHeader header() {
        return header;
    }

    /**
     * Refuses a student that these targets are not for.
     *
     * @throws TargetStoreException if its tokenizer differs or its vocabulary is smaller than the teacher's
     */
    public void requireFits(Checkpoint student) throws IOException {
        try (Tokenizer tokenizer = student.tokenizer()) {
            if (!tokenizer.fingerprint().equals(header.tokenizer())) {
                throw new TargetStoreException(file, "was captured with another tokenizer than that of "
                        + student.folder() + ": capture it again from this student's teacher");
            }
        }
        if (student.config().vocabSize() < header.vocabSize()) {
            throw new TargetStoreException(file, "holds ids of a vocabulary of " + header.vocabSize() + ", and "
                    + student.folder() + " knows " + student.config().vocabSize());
        }
    }

    /** Row numbers in batches of {@code batch}, in an order that epoch and seed decide; an incomplete last is left. */
    public List<List<Integer>> epoch(int batch, long seed, int epoch) {
        if (batch < 1 || batch > header.rows()) {
            throw new IllegalArgumentException(
                    "a batch of " + batch + " rows cannot be made of " + header.rows() + " rows");
        }
        var order = new ArrayList<>(IntStream.range(0, header.rows()).boxed().toList());
        Collections.shuffle(order, new Random(seed + epoch));
        var batches = new ArrayList<List<Integer>>();
        for (int from = 0; from + batch <= order.size(); from += batch) {
            batches.add(List.copyOf(order.subList(from, from + batch)));
        }
        return batches;
    }

    /**
     * Reads rows.
     *
     * @throws TargetStoreException naming the row whose checksum is wrong
     */
    public TargetBatch read(List<Integer> rows) throws IOException {
        int time = header.time();
        int k = header.topK();
        int size = rows.size() * time;
        var packed = new PackedBatch(rows.size(), time, new int[size], new int[size], new int[size], new int[size],
                new float[size]);
        var batch = new TargetBatch(packed, new int[size * k], new float[size * k]);
        for (int i = 0; i < rows.size(); i++) {
            var bytes = row(rows.get(i));
            for (var tokens : List.of(packed.ids(), packed.positions(), packed.segments(), packed.targets())) {
                bytes.asIntBuffer().get(tokens, i * time, time);
                bytes.position(bytes.position() + 4 * time);
            }
            bytes.asFloatBuffer().get(packed.weights(), i * time, time);
            bytes.position(bytes.position() + 4 * time);
            bytes.asIntBuffer().get(batch.ids(), i * time * k, time * k);
            bytes.position(bytes.position() + 4 * time * k);
            bytes.asFloatBuffer().get(batch.logProbabilities(), i * time * k, time * k);
        }
        return batch;
    }

    private ByteBuffer row(int index) throws IOException {
        var bytes = readFully(channel, firstRow + (long) index * header.rowBytes(), header.rowBytes());
        int content = header.rowBytes() - 4;
        var crc = new CRC32C();
        crc.update(bytes.array(), 0, content);
        if ((int) crc.getValue() != bytes.getInt(content)) {
            throw new TargetStoreException(file, "row " + index + " is damaged: capture it again");
        }
        return bytes;
    }

    private static ByteBuffer readFully(FileChannel channel, long position, int length) throws IOException {
        var buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException("the file ends at byte " + channel.size());
            }
        }
        return buffer.flip();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
