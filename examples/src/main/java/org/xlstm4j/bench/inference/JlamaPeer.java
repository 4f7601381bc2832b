package org.xlstm4j.bench.inference;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jlama, on a Java of 21 or newer of its own. Its jars and the worker in front of it make a project apart from the
 * library, which is built when it is wanted.
 *
 * @param project the project's folder
 * @param java    the folder of the Java that it runs on, as JAVA_HOME names one
 */
public record JlamaPeer(Path project, Path java) {
    private static final Logger LOG = LoggerFactory.getLogger(JlamaPeer.class);
    private static final String WORKER = "org.xlstm4j.peers.jlama.JlamaWorker";
    /** What Jlama keeps lies outside the heap. */
    private static final String HEAP = "-Xmx1536m";

    /** Which of its operators are used. */
    public enum Operators {
        /** Java's vectors. */
        PANAMA,
        /** C, where it has them for the machine. Of version 0.8.4, they give other tokens after some prompts. */
        NATIVE
    }

    /**
     * Builds the project with the Maven wrapper in {@code root}, downloading what is missing.
     *
     * @throws IOException with Maven's output if it fails
     */
    public void build(Path root) throws IOException, InterruptedException {
        if (!Files.isExecutable(launcher())) {
            throw new IOException("there is no Java in " + java + ": give the folder of a JDK of version 21 or newer");
        }
        LOG.info("building {}", project);
        var windows = System.getProperty("os.name").startsWith("Windows");
        var builder = new ProcessBuilder(root.resolve(windows ? "mvnw.cmd" : "mvnw").toAbsolutePath().toString(), "-B",
                "-q", "-f", project.resolve("pom.xml").toAbsolutePath().toString(), "package")
                .directory(root.toFile()).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", java.toAbsolutePath().toString());
        var process = builder.start();
        var output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException("Jlama's project was not built: " + output.strip());
        }
    }

    /**
     * The peer as a contender, after {@link #build}.
     *
     * @param folder  the teacher's checkpoint, of float32
     * @param threads threads to compute with
     */
    public Contender contender(Path folder, int threads, int readUpTo, Operators operators) {
        var target = project.resolve("target");
        // As Jlama's own run-cli.sh starts it; memory outside the heap is bounded by the heap's size otherwise.
        return new Contender(Subject.JLAMA, List.of(launcher().toString(), HEAP, "-XX:MaxDirectMemorySize=16g",
                "--enable-preview", "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
                "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED", "-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0",
                "-XX:CompileCommand=quiet", "-XX:CompileCommand=inline,"
                        + "com.github.tjake.jlama.tensor.operations.PanamaTensorOperations::dotProduct*",
                "-XX:+AlignVector", "-Djlama.force_panama_tensor_operations=" + (operators == Operators.PANAMA),
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", target.resolve("jlama-worker.jar")
                        + File.pathSeparator + target.resolve("lib") + File.separator + "*", WORKER,
                folder.toString(), Integer.toString(threads)), readUpTo);
    }

    private Path launcher() {
        return java.resolve("bin").resolve("java");
    }
}
