package org.xlstm4j.distill.resume;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xlstm4j.distill.resume.ResumeException.Reason;
import org.xlstm4j.files.AtomicWrite;

/**
 * The checkpoints of one training: files {@code step-0000000100.safetensors} in a folder, and {@value #LATEST}, which
 * names the last. Each is written whole under a temporary name, forced to the disk and moved, then named; so whatever
 * happens, the last good one stays. Writing goes on in the background, one checkpoint at a time, from a copy of the
 * arrays that is kept for the next: it takes as much memory as they do.
 */
public final class TrainingCheckpoints implements AutoCloseable {
    /** The file that holds the name of the last checkpoint. */
    public static final String LATEST = "latest";

    private static final Logger LOG = LoggerFactory.getLogger(TrainingCheckpoints.class);
    private static final Pattern NAME = Pattern.compile("step-(\\d{10})\\.safetensors");
    private static final Pattern TEMPORARY = Pattern.compile("\\.(step-\\d{10}\\.safetensors|latest)\\..*\\.tmp");

    private final CheckpointOptions options;
    private final RunSettings settings;
    private final FolderLock lock;
    private final Map<String, INDArray> copies = new LinkedHashMap<>();
    private final ExecutorService writer = Executors.newSingleThreadExecutor(work -> {
        var thread = new Thread(work, "checkpoint-writer");
        thread.setDaemon(true);
        return thread;
    });
    private Future<Void> inFlight;
    private int stepInFlight;
    private int lastWritten;

    private TrainingCheckpoints(CheckpointOptions options, RunSettings settings, FolderLock lock) {
        this.options = options;
        this.settings = settings;
        this.lock = lock;
    }

    /**
     * Opens the checkpoints of a training with the given settings.
     *
     * @throws ResumeException if another training uses the folder, or there are checkpoints that are not to be gone on
     *                         from
     */
    public static TrainingCheckpoints open(CheckpointOptions options, RunSettings settings) throws IOException {
        var folder = options.folder();
        Files.createDirectories(folder);
        var lock = FolderLock.of(folder);
        try {
            deleteTemporaries(folder);
            if (!options.resume() && !files(folder).isEmpty()) {
                throw new ResumeException(Reason.OCCUPIED, folder, "holds the checkpoints of an earlier training: go on"
                        + " with it (resume), choose another folder, or delete them");
            }
            return new TrainingCheckpoints(options, settings, lock);
        } catch (IOException | RuntimeException failure) {
            lock.close();
            throw failure;
        }
    }

    /** What a process that was killed left; nobody else is at work here. */
    private static void deleteTemporaries(Path folder) throws IOException {
        try (var entries = Files.list(folder)) {
            for (var file : entries.filter(entry -> TEMPORARY.matcher(name(entry)).matches()).toList()) {
                LOG.info("deleting {}, which a training that was ended left unfinished", file);
                Files.delete(file);
            }
        }
    }

    /** The checkpoints, the last first. */
    private static List<Path> files(Path folder) throws IOException {
        try (var entries = Files.list(folder)) {
            return entries.filter(entry -> NAME.matcher(name(entry)).matches())
                    .sorted(Comparator.comparing(TrainingCheckpoints::name).reversed()).toList();
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private static int step(Path file) {
        var matcher = NAME.matcher(name(file));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(file + " is not a checkpoint");
        }
        return Integer.parseInt(matcher.group(1));
    }

    /** Whether a checkpoint is due after so many steps. */
    public boolean isDue(int step) {
        return step % options.every() == 0;
    }

    /**
     * What to go on from: the last checkpoint, or, where that is damaged, which is logged, the one before; empty if
     * there is none, or training is to begin anew.
     *
     * @throws ResumeException if it is of a training with other settings, naming each; or if all are damaged
     */
    public Optional<Snapshot> latest() throws IOException {
        if (!options.resume()) {
            return Optional.empty();
        }
        var candidates = candidates();
        for (var file : candidates) {
            try {
                var saved = SnapshotFile.read(file);
                requireSame(file, saved.settings());
                lastWritten = saved.snapshot().step();
                return Optional.of(saved.snapshot());
            } catch (ResumeException failure) {
                if (failure.reason() != Reason.DAMAGED) {
                    throw failure;
                }
                LOG.warn("{}; trying the checkpoint before it", failure.getMessage());
            }
        }
        if (!candidates.isEmpty()) {
            throw new ResumeException(Reason.DAMAGED, options.folder(), "none of the " + candidates.size()
                    + " checkpoints can be read: the log says why; begin anew in another folder");
        }
        return Optional.empty();
    }

    /** The one that {@value #LATEST} names, and those before it; all, where it names none. */
    private List<Path> candidates() throws IOException {
        var folder = options.folder();
        var all = files(folder);
        var pointer = folder.resolve(LATEST);
        if (Files.notExists(pointer)) {
            return all;
        }
        var name = new String(Files.readAllBytes(pointer), StandardCharsets.UTF_8).strip();
        if (!NAME.matcher(name).matches()) {
            LOG.warn("{} does not name a checkpoint; trying all of them", pointer);
            return all;
        }
        var named = folder.resolve(name);
        var candidates = new ArrayList<>(List.of(named));
        all.stream().filter(file -> step(file) < step(named)).forEach(candidates::add);
        return candidates;
    }

    private void requireSame(Path file, RunSettings there) throws ResumeException {
        if (!there.hash().equals(settings.hash())) {
            throw new ResumeException(Reason.OTHER_SETTINGS, file, "is of a training with other settings ("
                    + String.join("; ", there.differences(settings))
                    + "): go on with those, or choose another folder for a new training");
        }
    }

    /**
     * Saves a snapshot, in the background: returns once its arrays are copied. Waits for the checkpoint before it.
     *
     * @throws ResumeException if that one could not be written
     */
    public void save(Snapshot snapshot) throws IOException {
        await();
        snapshot.arrays().forEach((name, array) -> copies.compute(name, (key, copy) ->
                // ND4J assigns beyond the end of an array that is too short.
                copy != null && Arrays.equals(copy.shape(), array.shape()) ? copy.assign(array) : array.dup()));
        copies.keySet().retainAll(snapshot.arrays().keySet());
        var copy = new Snapshot(snapshot.step(), new LinkedHashMap<>(copies), snapshot.state().deepCopy());
        stepInFlight = snapshot.step();
        inFlight = writer.submit(() -> {
            write(copy);
            return null;
        });
    }

    private void write(Snapshot snapshot) throws IOException {
        var folder = options.folder();
        var file = folder.resolve(String.format("step-%010d.safetensors", snapshot.step()));
        SnapshotFile.write(file, new SnapshotFile.Saved(snapshot, settings));
        AtomicWrite.bytes(folder.resolve(LATEST), (name(file) + "\n").getBytes(StandardCharsets.UTF_8));
        var old = files(folder).stream().filter(other -> step(other) <= snapshot.step()).skip(options.keep()).toList();
        for (var other : old) {
            Files.delete(other);
        }
    }

    /**
     * Looks after the checkpoint that is being written, without waiting for it.
     *
     * @throws ResumeException if it could not be written
     */
    public void check() throws IOException {
        if (inFlight != null && inFlight.isDone()) {
            await();
        }
    }

    private void await() throws IOException {
        if (inFlight == null) {
            return;
        }
        var writing = inFlight;
        inFlight = null;
        try {
            writing.get();
            lastWritten = stepInFlight;
        } catch (ExecutionException failure) {
            throw notWritten(failure.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw notWritten(interrupted);
        }
    }

    private ResumeException notWritten(Throwable cause) {
        var last = lastWritten == 0 ? "there is none before it" : "the last good one is that of step " + lastWritten;
        return new ResumeException(Reason.NOT_WRITTEN, options.folder(), "the checkpoint of step " + stepInFlight
                + " could not be written (" + cause + "); " + last
                + ". See that there is space and that the folder may be written to, then resume", cause);
    }

    /**
     * Waits for the checkpoint that is being written, and lets go of the folder.
     *
     * @throws ResumeException if it could not be written
     */
    @Override
    public void close() throws IOException {
        writer.shutdown();
        try (lock) {
            await();
        }
    }
}
