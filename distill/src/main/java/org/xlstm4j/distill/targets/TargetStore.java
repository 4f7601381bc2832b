package org.xlstm4j.distill.targets;

import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.AbstractList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.Tokenizer;
import org.xlstm4j.distill.data.PackedBatch;

/**
 * A target store open for reading, row by row in any order; every row read is checked against its CRC. Several threads
 * may read at once.
 */
public final class TargetStore implements AutoCloseable {
    private final StoreFile file;
    private final StoreHeader header;
    private final StoreIndex index;

    TargetStore(StoreFile file, StoreHeader header, StoreIndex index) {
        this.file = file;
        this.header = header;
        this.index = index;
    }

    /**
     * Opens a store.
     *
     * @throws TargetStoreException if the file is not a store, of another version, unfinished, cut short or added to,
     *                              or its header or index is damaged; damaged rows are found when they are read
     */
    public static TargetStore open(Path path) throws IOException {
        if (Files.notExists(path) && Files.exists(TargetStoreWriter.part(path))) {
            throw new TargetStoreException(path, "is not finished, and what there is lies in "
                    + TargetStoreWriter.part(path) + ": capture again under the same name, which goes on with it");
        }
        var channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            var file = new StoreFile(path, channel);
            var head = file.readHead();
            return new TargetStore(file, head.header(), StoreIndex.read(file, head.end()));
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    /** What the store says of itself. */
    public StoreHeader header() {
        return header;
    }

    /** The number of rows. */
    public int rows() {
        return index.rows();
    }

    /** The number of tokens in them that are not padding. */
    public long tokens() {
        return index.tokens();
    }

    /** The size of the file. */
    public long bytes() throws IOException {
        return file.size();
    }

    /**
     * Refuses a student that these targets are not for.
     *
     * @throws TargetStoreException if its tokenizer differs, its vocabulary lacks an id that occurs here, or it is
     *                              known to come from another teacher
     */
    public void requireFits(Checkpoint student) throws IOException {
        requireFits(student, false);
    }

    /**
     * The same, where {@code anyTeacher} lets the student come from another teacher. Vocabularies may differ in their
     * padding: what counts is that the student knows every id that occurs.
     */
    public void requireFits(Checkpoint student, boolean anyTeacher) throws IOException {
        try (Tokenizer tokenizer = student.tokenizer()) {
            if (!tokenizer.fingerprint().equals(header.tokenizer())) {
                throw new TargetStoreException(file.path(), "was captured with another tokenizer than that of "
                        + student.folder() + ": capture it again from this student's teacher");
            }
        }
        if (student.config().vocabSize() <= index.highestId()) {
            throw new TargetStoreException(file.path(), "holds token " + index.highestId() + " of a vocabulary of "
                    + header.vocabSize() + ", and " + student.folder() + " knows " + student.config().vocabSize()
                    + ": capture it again from this student's teacher");
        }
        var teacher = student.teacher();
        if (!anyTeacher && teacher.isPresent() && !teacher.get().equals(header.teacher())) {
            throw new TargetStoreException(file.path(), "was captured from another teacher (" + header.teacher()
                    + ") than " + student.folder() + " was made from (" + teacher.get()
                    + "): capture it from that one, or allow any teacher");
        }
    }

    /** Row numbers in batches of {@code batch}, in an order that epoch and seed decide; an incomplete last is left. */
    public List<List<Integer>> epoch(int batch, long seed, int epoch) {
        if (batch < 1 || batch > rows()) {
            throw new IllegalArgumentException(
                    "a batch of " + batch + " rows cannot be made of " + rows() + " rows: take a smaller one");
        }
        var order = shuffled(rows(), new Random(seed + epoch));
        return new AbstractList<>() {
            @Override
            public List<Integer> get(int i) {
                Objects.checkIndex(i, size());
                return IntStream.range(i * batch, (i + 1) * batch).mapToObj(at -> order[at]).toList();
            }

            @Override
            public int size() {
                return order.length / batch;
            }
        };
    }

    private static int[] shuffled(int size, Random random) {
        var order = IntStream.range(0, size).toArray();
        for (int i = size; i > 1; i--) {
            int j = random.nextInt(i);
            int swap = order[i - 1];
            order[i - 1] = order[j];
            order[j] = swap;
        }
        return order;
    }

    /**
     * Reads rows.
     *
     * @throws TargetStoreException naming the row whose checksum is wrong
     */
    public TargetBatch read(List<Integer> rows) throws IOException {
        int size = Math.multiplyExact(rows.size(), header.time());
        var packed = new PackedBatch(rows.size(), header.time(), new int[size], new int[size], new int[size],
                new int[size], new float[size]);
        var batch = TargetBatch.of(packed, header);
        var codec = new RowCodec(header);
        for (int i = 0; i < rows.size(); i++) {
            read(rows.get(i), codec, batch, i);
        }
        return batch;
    }

    private void read(int row, RowCodec codec, TargetBatch batch, int to) throws IOException {
        var block = block(row);
        try {
            if (!block.decode(codec, batch, to)) {
                throw damaged(row, null);
            }
        } catch (IndexOutOfBoundsException | ArithmeticException | ZstdException broken) {
            throw damaged(row, broken);
        }
    }

    private Block block(int row) throws IOException {
        Objects.checkIndex(row, rows());
        return file.block(row, index.start(row), index.length(row)).orElseThrow(() -> damaged(row, null));
    }

    /** A row as it is stored. */
    RowCodec.Encoded encoded(int row) throws IOException {
        return block(row).encoded();
    }

    private TargetStoreException damaged(int row, Exception cause) {
        return new TargetStoreException(file.path(),
                "row " + row + " is damaged: capture it again, or copy the file anew", cause);
    }

    @Override
    public void close() throws IOException {
        file.channel().close();
    }
}
