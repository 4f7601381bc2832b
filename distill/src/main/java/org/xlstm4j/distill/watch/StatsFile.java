package org.xlstm4j.distill.watch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.xlstm4j.distill.align.AlignmentListener;
import org.xlstm4j.distill.align.AlignmentProgress;
import org.xlstm4j.distill.train.HeldOutLoss;
import org.xlstm4j.distill.train.TrainingListener;
import org.xlstm4j.distill.train.TrainingProgress;
import org.xlstm4j.files.AtomicWrite;

/**
 * How training went, a JSON object a line: each step's {@code loss} or, a layer each, {@code losses}, and each
 * measurement's {@code crossEntropy} and {@code kl}, by {@code step}. Training that is gone on with goes on with its
 * file: steps that are done again are in it once.
 */
public final class StatsFile implements TrainingListener, AlignmentListener {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private boolean begun;

    /** @param file to write to; one that is there is gone on with if training is, and else begun anew */
    public StatsFile(Path file) throws IOException {
        this.file = file;
        if (file.toAbsolutePath().getParent() != null) {
            Files.createDirectories(file.toAbsolutePath().getParent());
        }
    }

    /**
     * The lines of a file.
     *
     * @throws IOException if it cannot be read, or a line but the last is not JSON
     */
    public static List<JsonNode> read(Path file) throws IOException {
        var lines = Files.readAllLines(file);
        var read = new ArrayList<JsonNode>();
        for (int i = 0; i < lines.size(); i++) {
            try {
                read.add(JSON.readTree(lines.get(i)));
            } catch (IOException broken) {
                // A process that is killed may leave the last line unfinished.
                if (i + 1 < lines.size()) {
                    throw new IOException(file + ":" + (i + 1) + ": " + broken.getMessage(), broken);
                }
            }
        }
        return read;
    }

    @Override
    public void resumed(int step) {
        try {
            var text = new StringBuilder();
            if (Files.exists(file)) {
                for (var line : read(file)) {
                    if (line.path("step").asInt() <= step) {
                        text.append(line).append('\n');
                    }
                }
            }
            AtomicWrite.bytes(file, text.toString().getBytes(StandardCharsets.UTF_8));
            begun = true;
        } catch (IOException failure) {
            throw notWritten(failure);
        }
    }

    @Override
    public void stepDone(TrainingProgress progress) {
        var line = line(progress.step()).put("tokens", progress.tokens());
        append(put(put(put(line, "loss", progress.loss()), "rate", progress.learningRate()), "gradient",
                progress.gradientNorm()));
    }

    @Override
    public void stepDone(AlignmentProgress progress) {
        var line = line(progress.step()).put("tokens", progress.tokens());
        var losses = line.putArray("losses");
        progress.losses().forEach(loss -> losses.add(Double.isFinite(loss) ? loss : null));
        append(line);
    }

    @Override
    public void evaluated(HeldOutLoss loss) {
        append(put(put(line(loss.step()), "crossEntropy", loss.crossEntropy()), "kl", loss.kl()));
    }

    @Override
    public void checkpointing(int step) {
        // Not in the file: checkpoints tell of themselves.
    }

    private static ObjectNode line(int step) {
        return JsonNodeFactory.instance.objectNode().put("step", step).put("time", System.currentTimeMillis());
    }

    /** JSON has no number for what is not finite. */
    private static ObjectNode put(ObjectNode line, String name, double value) {
        return Double.isFinite(value) ? line.put(name, value) : line.putNull(name);
    }

    private void append(ObjectNode line) {
        try {
            Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                    begun ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING);
            begun = true;
        } catch (IOException failure) {
            throw notWritten(failure);
        }
    }

    private UncheckedIOException notWritten(IOException failure) {
        return new UncheckedIOException(new IOException(file + " could not be written (" + failure.getMessage()
                + "): training has stopped; see that there is space and that the file may be written, then resume, or"
                + " begin anew without it", failure));
    }
}
