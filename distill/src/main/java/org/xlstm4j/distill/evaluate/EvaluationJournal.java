package org.xlstm4j.distill.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.checkpoint.Tokenizer;
import org.xlstm4j.distill.evaluate.EvaluationResumeException.Reason;
import org.xlstm4j.distill.resume.RunSettings;

/**
 * What of an evaluation is done, in a file beside its report: whatever ends the process, the next one goes on from the
 * last group that was judged whole. A line a group, each forced to the disk; when the report is written the journal is
 * deleted.
 */
public final class EvaluationJournal implements AutoCloseable {
    private static final String SUFFIX = ".journal";
    private static final String FORMAT = "xlstm4j-evaluation-journal-1";
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final int CHECKSUM_DIGITS = 8;

    private final Path report;
    private final Path file;
    private final FileChannel channel;
    private final List<List<ItemResult>> groups = new ArrayList<>();

    private record Header(String format, Map<String, String> settings) {
    }

    private EvaluationJournal(Path report, FileChannel channel) {
        this.report = report;
        this.file = journalOf(report);
        this.channel = channel;
    }

    /**
     * Everything that decides what a report says.
     *
     * @param model     the model's checkpoint
     * @param tokenizer its tokenizer, and the teacher's
     * @param imported  differences from its config.json, and the teacher's, that its tensors may have
     * @param teacher   the teacher's checkpoint, if the model is compared with one
     */
    public static RunSettings settings(Checkpoint model, Tokenizer tokenizer, ImportOptions imported,
                                       Optional<Checkpoint> teacher, EvaluationPlan plan) throws IOException {
        var options = plan.options();
        var settings = new TreeMap<String, String>();
        describe("model", model, settings);
        if (teacher.isPresent()) {
            describe("teacher", teacher.get(), settings);
        }
        settings.put("tokenizer", tokenizer.fingerprint());
        settings.put("import", imported.toString());
        settings.put("tasks", plan.progress(0).items() + " items " + plan.digest());
        settings.put("split", options.split().toString());
        settings.put("max-items-per-task", Integer.toString(options.maxItemsPerTask()));
        settings.put("max-new-tokens", Integer.toString(options.maxNewTokens()));
        settings.put("likelihood", Boolean.toString(options.likelihood()));
        settings.put("normalization", options.normalization().toString());
        settings.put("window", Integer.toString(options.window()));
        return new RunSettings(settings);
    }

    private static void describe(String role, Checkpoint checkpoint, Map<String, String> settings)
            throws IOException {
        settings.put(role, String.valueOf(checkpoint.folder().toAbsolutePath().normalize().getFileName()));
        settings.put(role + "-weights", checkpoint.fingerprint());
        settings.put(role + "-config", Digest.of(checkpoint.config().toString()));
    }

    private static Path journalOf(Path report) {
        return report.resolveSibling(report.getFileName() + SUFFIX);
    }

    /**
     * Begins the journal of an evaluation, or goes on with it.
     *
     * @param report   where the report will be
     * @param settings everything that decides what the report says: model, tasks and options
     * @throws EvaluationResumeException if there is a journal of other settings, a damaged one, or one in use
     */
    public static EvaluationJournal open(Path report, RunSettings settings) throws IOException {
        Files.createDirectories(report.toAbsolutePath().getParent());
        if (Files.isDirectory(report)) {
            throw new IOException(report + " is a folder; name a file for the report");
        }
        var file = journalOf(report);
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        try {
            lock(file, channel);
            var journal = new EvaluationJournal(report, channel);
            journal.begin(settings);
            return journal;
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    private static void lock(Path file, FileChannel channel) throws IOException {
        try {
            if (channel.tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException heldHere) {
            throw inUse(file, heldHere);
        }
        throw inUse(file, null);
    }

    private static EvaluationResumeException inUse(Path file, Exception cause) {
        return new EvaluationResumeException(Reason.IN_USE, file,
                "another evaluation writes it: wait for its end, or choose another file for the report", cause);
    }

    private void begin(RunSettings settings) throws IOException {
        var lines = wholeLines();
        if (lines.isEmpty()) {
            append(JSON.writeValueAsString(new Header(FORMAT, settings.values())));
            return;
        }
        try {
            var header = JSON.readValue(lines.get(0), Header.class);
            if (!FORMAT.equals(header.format())) {
                throw damaged("its format is " + header.format() + ", not " + FORMAT, null);
            }
            var differences = new RunSettings(header.settings()).differences(settings);
            if (!differences.isEmpty()) {
                throw new EvaluationResumeException(Reason.OTHER_SETTINGS, file, "is of an evaluation with other "
                        + "settings: " + String.join("; ", differences)
                        + "; take those, delete it to begin anew, or choose another file for the report", null);
            }
            for (var line : lines.subList(1, lines.size())) {
                groups.add(JSON.readValue(line, new TypeReference<List<ItemResult>>() { }));
            }
        } catch (JsonProcessingException broken) {
            throw damaged(broken.getOriginalMessage(), broken);
        }
    }

    /** The lines as they were written, but for a last one that was not written to its end, which is cut off. */
    private List<String> wholeLines() throws IOException {
        var bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
            // Reads on.
        }
        var content = bytes.array();
        var lines = new ArrayList<String>();
        int start = 0;
        for (int end = 0; end < content.length; end++) {
            if (content[end] == '\n') {
                lines.add(checked(new String(content, start, end - start, StandardCharsets.UTF_8)));
                start = end + 1;
            }
        }
        requireOwn(new String(content, start, content.length - start, StandardCharsets.UTF_8), lines.isEmpty());
        channel.truncate(start);
        channel.position(start);
        return lines;
    }

    /** What is cut off must be the beginning of a line, so that nobody's file is lost. */
    private void requireOwn(String torn, boolean first) throws EvaluationResumeException {
        var expected = " {\"format\":\"" + FORMAT;
        if (first && torn.length() > CHECKSUM_DIGITS && !torn.startsWith(
                expected.substring(0, Math.min(expected.length(), torn.length() - CHECKSUM_DIGITS)), CHECKSUM_DIGITS)) {
            throw damaged("it does not begin as a journal does", null);
        }
    }

    private String checked(String line) throws EvaluationResumeException {
        var json = line.substring(Math.min(line.length(), CHECKSUM_DIGITS + 1));
        if (!line.equals(checksum(json) + " " + json)) {
            throw damaged("a line is not as it was written", null);
        }
        return json;
    }

    private EvaluationResumeException damaged(String problem, Exception cause) {
        return new EvaluationResumeException(Reason.DAMAGED, file, "cannot be gone on with: " + problem
                + "; delete it to begin anew, or choose another file for the report", cause);
    }

    private static String checksum(String text) {
        var crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return String.format("%08x", crc.getValue());
    }

    private void append(String json) throws IOException {
        var line = ByteBuffer.wrap((checksum(json) + " " + json + "\n").getBytes(StandardCharsets.UTF_8));
        while (line.hasRemaining()) {
            channel.write(line);
        }
        channel.force(false);
    }

    /** How many groups are done. */
    public int groups() {
        return groups.size();
    }

    /** The results so far, in the order of the groups. */
    public List<ItemResult> results() {
        return groups.stream().flatMap(List::stream).toList();
    }

    /** Notes what was made of the next group; it is on the disk when this returns. */
    void add(List<ItemResult> group) throws IOException {
        // A type's own name is written with its values only where the element type is known.
        append(JSON.writerFor(new TypeReference<List<ItemResult>>() { }).writeValueAsString(group));
        groups.add(List.copyOf(group));
    }

    /** Writes the report and deletes the journal. */
    void finish(EvaluationReport done) throws IOException {
        done.write(report);
        Files.delete(file);
    }

    /** Lets go of the file. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
