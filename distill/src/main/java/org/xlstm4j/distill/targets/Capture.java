package org.xlstm4j.distill.targets;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.zip.CRC32C;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.checkpoint.Tokenizer;
import org.xlstm4j.distill.data.Epoch;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.files.AtomicWrite;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LmGraph;

/**
 * The writing of a target store: one teacher pass over the data. The file appears whole or not at all. It is the magic
 * {@value #MAGIC}, the header's length, the header as JSON, then rows of equal length, each with its CRC-32C; all
 * numbers little-endian.
 */
public final class Capture {
    static final String MAGIC = "XLSTM4JT";

    private Capture() {
    }

    /**
     * Writes the teacher's targets for the first epoch of {@code data}.
     *
     * @param target      the file to write
     * @param teacher     checkpoint of the teacher
     * @param data        packed with the teacher's tokenizer
     * @param topK        ids a position
     * @param rowsWritten told how many rows are done
     * @throws IOException if the file cannot be written; nothing is left of it then
     */
    public static void write(Path target, Checkpoint teacher, PackedDataset data, int topK, IntConsumer rowsWritten)
            throws IOException {
        write(target, teacher, ImportOptions.STRICT, data, topK, rowsWritten);
    }

    /** The same of a teacher whose tensors differ from its config.json in what {@code options} let pass. */
    public static void write(Path target, Checkpoint teacher, ImportOptions options, PackedDataset data, int topK,
                             IntConsumer rowsWritten) throws IOException {
        var epoch = data.epoch(0);
        var header = header(teacher, data, epoch, topK);
        requireSpace(target, header);
        var model = teacher.load(options);
        AtomicWrite.file(target, channel -> {
            var json = new ObjectMapper().writeValueAsBytes(header);
            var head = ByteBuffer.allocate(MAGIC.length() + 4 + json.length).order(ByteOrder.LITTLE_ENDIAN);
            writeFully(channel, head.put(MAGIC.getBytes(StandardCharsets.US_ASCII))
                    .putInt(json.length).put(json).flip());
            writeRows(channel, header, model, epoch, rowsWritten);
        });
    }

    private static StoreHeader header(Checkpoint teacher, PackedDataset data, Epoch epoch, int topK)
            throws IOException {
        var options = data.options();
        try (Tokenizer tokenizer = teacher.tokenizer()) {
            return new StoreHeader(StoreHeader.FORMAT, teacher.fingerprint(), tokenizer.fingerprint(),
                    teacher.config().vocabSize(), topK, options.time(), epoch.rows(), options.answerOnly(),
                    options.seed());
        }
    }

    private static void requireSpace(Path target, StoreHeader header) throws IOException {
        long needed = (long) header.rowBytes() * header.rows();
        long free = Files.getFileStore(target.toAbsolutePath().getParent()).getUsableSpace();
        if (needed > free) {
            throw new TargetStoreException(target, "needs " + needed + " bytes and the disk has " + free
                    + " free: lower the top-k or choose another disk");
        }
    }

    private static void writeRows(FileChannel channel, StoreHeader header, CausalLm model, Epoch epoch,
                                  IntConsumer rowsWritten) throws IOException {
        var graph = LmGraph.of(model, header.time(), name -> false);
        int vocabSize = header.vocabSize();
        int k = header.topK();
        var selection = new TopK(k);
        var ids = new int[header.time() * k];
        var values = new float[ids.length];
        int written = 0;
        for (var batch : epoch) {
            var output = graph.output(batch.tokenBatch(), List.of(graph.logits())).get(graph.logits().name());
            var logits = output.dup('c').data().asFloat();
            for (int row = 0; row < batch.batch() && written < header.rows(); row++) {
                for (int t = 0; t < header.time(); t++) {
                    selection.select(logits, (row * header.time() + t) * vocabSize, vocabSize, ids, values, t * k);
                }
                writeFully(channel, row(header, batch, row, ids, values));
                rowsWritten.accept(++written);
            }
        }
    }

    private static ByteBuffer row(StoreHeader header, PackedBatch batch, int row, int[] ids, float[] values) {
        var buffer = ByteBuffer.allocate(header.rowBytes()).order(ByteOrder.LITTLE_ENDIAN);
        int time = header.time();
        int start = row * time;
        for (var tokens : List.of(batch.ids(), batch.positions(), batch.segments(), batch.targets())) {
            for (int t = 0; t < time; t++) {
                buffer.putInt(tokens[start + t]);
            }
        }
        for (int t = 0; t < time; t++) {
            buffer.putFloat(batch.weights()[start + t]);
        }
        for (int id : ids) {
            buffer.putInt(id);
        }
        for (float value : values) {
            buffer.putFloat(value);
        }
        var crc = new CRC32C();
        crc.update(buffer.array(), 0, buffer.position());
        return buffer.putInt((int) crc.getValue()).flip();
    }

    private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
