package org.xlstm4j.distill.targets;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.files.AtomicWrite;

/**
 * The writing of a target store, row by row. Rows go to a file of the store's name with {@value #PART} behind it, which
 * takes the store's name once {@link #finish} has written the index. Whatever ends the writing before, a kill as well,
 * the next writer under that name goes on after the last row that is whole.
 */
public final class TargetStoreWriter implements AutoCloseable {
    /** What the name of an unfinished store ends with. */
    public static final String PART = ".part";

    private final Path target;
    private final StoreHeader header;
    private final StoreFile file;
    private final StoreIndex index;
    private final RowCodec codec;
    private boolean finished;

    private TargetStoreWriter(Path target, StoreHeader header, StoreFile file, StoreIndex index) {
        this.target = target;
        this.header = header;
        this.file = file;
        this.index = index;
        this.codec = new RowCodec(header);
    }

    /** The unfinished file of a store. */
    public static Path part(Path target) {
        return target.resolveSibling(target.getFileName() + PART);
    }

    /** Refuses what the disk could not take. */
    static void requireSpace(Path target, long bytes) throws IOException {
        long free = Files.getFileStore(target.toAbsolutePath().getParent()).getUsableSpace();
        if (bytes > free) {
            throw new TargetStoreException(target, "needs up to " + bytes + " bytes and the disk has " + free
                    + " free: lower the top-k or choose another disk");
        }
    }

    /** Deletes the unfinished file of a store, if there is one. */
    public static void discard(Path target) throws IOException {
        Files.deleteIfExists(part(target));
        new CursorFile(part(target)).delete();
    }

    /**
     * Begins a store, or goes on with an unfinished one.
     *
     * @throws FileAlreadyExistsException if {@code target} is there
     * @throws TargetStoreException       if its unfinished file has another header, or another process writes it
     */
    public static TargetStoreWriter open(Path target, StoreHeader header) throws IOException {
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        var part = part(target);
        var channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        try {
            lock(part, channel);
            var file = new StoreFile(part, channel);
            return new TargetStoreWriter(target, header, file, resume(file, header));
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    private static void lock(Path part, FileChannel channel) throws IOException {
        try {
            if (channel.tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException held) {
            // Held by this process, which is no better.
        }
        throw new TargetStoreException(part, "is being written by another capture: wait for it or choose another name");
    }

    /** Leaves the file with its header and the rows that are whole, at its end. */
    private static StoreIndex resume(StoreFile file, StoreHeader header) throws IOException {
        var head = StoreFile.head(header);
        var index = new StoreIndex(head.length);
        if (isBeginning(file, head)) {
            file.channel().truncate(0);
            file.append(head, "its header");
            return index;
        }
        requireSame(file.path(), file.readHead().header(), header);
        for (var block = next(file, index, header); block.isPresent(); block = next(file, index, header)) {
            index.add(block.get());
        }
        file.channel().truncate(index.end()).position(index.end());
        return index;
    }

    private static Optional<Block> next(StoreFile file, StoreIndex index, StoreHeader header)
            throws IOException {
        return file.findBlock(index.rows(), index.end(), header.longestBlock());
    }

    /** Whether the file is empty, or its writing ended within the header. */
    private static boolean isBeginning(StoreFile file, byte[] head) throws IOException {
        int length = (int) Math.min(file.size(), head.length);
        return length < head.length && Arrays.equals(file.read(0, length).array(), 0, length, head, 0, length);
    }

    private static void requireSame(Path part, StoreHeader begun, StoreHeader wanted) throws IOException {
        if (!begun.equals(wanted)) {
            throw new TargetStoreException(part, "an unfinished store of other settings is there, "
                    + differences(begun, wanted) + ": go on with those, delete it, or choose another name");
        }
    }

    private static String differences(StoreHeader one, StoreHeader other) {
        var json = new ObjectMapper();
        var fields = json.valueToTree(one);
        var differences = new ArrayList<String>();
        json.valueToTree(other).fields().forEachRemaining(field -> {
            var value = fields.get(field.getKey());
            if (!value.equals(field.getValue())) {
                differences.add(field.getKey() + " " + value + " instead of " + field.getValue());
            }
        });
        return String.join(", ", differences);
    }

    /** How many rows the store has so far. */
    public int rows() {
        return index.rows();
    }

    /** How many bytes it has so far. */
    public long bytes() {
        return index.end();
    }

    /**
     * Appends every row of {@code batch} that is not all padding.
     *
     * @throws TargetStoreException     if the disk does not take it; the rows before are kept
     * @throws IllegalArgumentException if an id is not one of the vocabulary, or log-probabilities do not fall from 0
     */
    public void append(TargetBatch batch) throws IOException {
        for (int row = 0; row < batch.tokens().batch(); row++) {
            if (!RowCodec.isEmpty(batch.tokens(), row)) {
                append(codec.encode(batch, row));
            }
        }
    }

    /**
     * The same from a teacher's logits, of which the likeliest are selected.
     *
     * @param logits [batch · time · vocabSize]
     */
    public void append(PackedBatch batch, float[] logits) throws IOException {
        var targets = TargetBatch.of(batch, header);
        var selection = new TopK(header.topK());
        for (int token = 0; token < batch.ids().length; token++) {
            selection.select(logits, token * header.vocabSize(), header.vocabSize(), targets, token);
        }
        append(targets);
    }

    /**
     * Appends the rows of another store as they are, such as one of a part of the same data.
     *
     * @throws TargetStoreException if that is of another teacher or other settings, or damaged
     */
    public void append(TargetStore other) throws IOException {
        if (!other.header().equals(header)) {
            throw new TargetStoreException(file.path(), "cannot take in the rows of a store of other settings, "
                    + differences(other.header(), header));
        }
        for (int row = 0; row < other.rows(); row++) {
            append(other.encoded(row));
        }
    }

    void append(RowCodec.Encoded encoded) throws IOException {
        var block = Block.of(index.rows(), encoded);
        file.append(block.bytes(), "row " + index.rows());
        index.add(block);
    }

    /** Has the disk take what was appended, so that nothing else need keep it. */
    void force() throws IOException {
        file.channel().force(false);
    }

    /**
     * Writes the index and gives the store its name.
     *
     * @throws TargetStoreException if it has no rows
     */
    public void finish() throws IOException {
        if (index.rows() == 0) {
            throw new TargetStoreException(target, "there are no rows to store");
        }
        file.append(index.toBytes(), "its index");
        file.channel().force(true);
        AtomicWrite.rename(file.path(), target);
        finished = true;
    }

    /** Lets go of the file; unfinished, it stays to be gone on with, if there is anything in it. */
    @Override
    public void close() throws IOException {
        if (!finished && index.rows() == 0) {
            Files.deleteIfExists(file.path());
        }
        file.channel().close();
    }
}
