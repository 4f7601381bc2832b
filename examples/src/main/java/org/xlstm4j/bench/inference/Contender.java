package org.xlstm4j.bench.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.xlstm4j.ops.cpu.Workers;

/**
 * One who is measured.
 *
 * @param subject  who
 * @param command  starts its process
 * @param readUpTo the longest prompt that it reads; beyond, decoding goes on from a random state
 */
public record Contender(Subject subject, List<String> command, int readUpTo) {
    /** As much as the launch scripts give: arrays lie outside of it. */
    private static final String HEAP = "-Xmx1536m";

    /**
     * A model of this project, on this Java.
     *
     * @param folder  its checkpoint
     * @param threads threads to compute with
     * @param segment the most tokens of a prompt that are read at once
     */
    public static Contender of(Subject subject, Path folder, int threads, int segment, int readUpTo) {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), HEAP,
                "-D" + Workers.PROPERTY + "=" + threads, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
        for (var limit : List.of("org.bytedeco.javacpp.maxbytes", "org.bytedeco.javacpp.maxphysicalbytes")) {
            if (System.getProperty(limit) != null) {
                command.add("-D" + limit + "=" + System.getProperty(limit));
            }
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ModelWorker.class.getName(),
                folder.toString(), Integer.toString(segment)));
        return new Contender(subject, command, readUpTo);
    }

    /** Starts its process, whose model is loaded then. */
    Worker start() throws IOException {
        return new Worker(command, Files.createTempFile("xlstm4j-" + subject.text(), ".log"));
    }
}
