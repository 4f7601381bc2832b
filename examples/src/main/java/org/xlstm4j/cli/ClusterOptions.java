package org.xlstm4j.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.xlstm4j.spark.SparkDistillation;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of commands that run on a Spark cluster. */
final class ClusterOptions {
    @Option(names = "--master", required = true, paramLabel = "URL",
            description = "local[N] for N tasks in this process, or a cluster's, such as spark://host:7077.")
    private String master;

    @Option(names = "--set", paramLabel = "KEY=VALUE",
            description = "A setting of Spark's, such as spark.executor.memory=8g; may be repeated.")
    private Map<String, String> settings = Map.of();

    @Option(names = "--parts", paramLabel = "N",
            description = "Into how many parts the work is cut (default: as many as run at a time).")
    private Integer parts;

    /** Refuses what cannot be, before anything is read. */
    void check(CommandSpec spec) {
        if (parts != null && parts < 1) {
            throw new ParameterException(spec.commandLine(), "--parts must be at least 1, was " + parts);
        }
    }

    SparkDistillation connect() throws IOException {
        try {
            var all = new LinkedHashMap<String, String>();
            if (!master.startsWith("local")) {
                all.putAll(executorSettings());
            }
            all.putAll(settings);
            return SparkDistillation.connect(master, all);
        } catch (NoClassDefFoundError missing) {
            throw new IOException("Spark is not there (" + missing.getMessage()
                    + "): set SPARK_HOME to the folder of a Spark 3.5 for Scala 2.12", missing);
        }
    }

    int parts(SparkDistillation cluster) {
        return parts == null ? cluster.parallelism() : parts;
    }

    /** What executors must have as this process has it. Their arrays lie outside the heap that Spark knows of. */
    private static Map<String, String> executorSettings() {
        return Map.of("spark.executor.extraClassPath", ownClassPath(), "spark.executorEnv.OMP_NUM_THREADS", "1",
                "spark.executor.extraJavaOptions",
                "-Dorg.bytedeco.javacpp.maxbytes=0 -Dorg.bytedeco.javacpp.maxphysicalbytes=0");
    }

    /** This process's class path without Spark's jars: before those, so that both read JSON and zstd alike. */
    private static String ownClassPath() {
        var home = System.getenv("SPARK_HOME");
        var sparks = home == null ? null : Path.of(home).toAbsolutePath().normalize();
        return Pattern.compile(Pattern.quote(File.pathSeparator)).splitAsStream(System.getProperty("java.class.path"))
                .map(entry -> Path.of(entry).toAbsolutePath().normalize())
                .filter(entry -> sparks == null || !entry.startsWith(sparks)).map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }
}
