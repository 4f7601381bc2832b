package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.align.AlignmentOptions;
import org.xlstm4j.distill.corpus.HeldOut;
import org.xlstm4j.spark.AlignmentJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code spark align}: stage I, some layers a part. */
@Command(name = "align", description = {"Stage I: align a student's mixers with its teacher, some layers a part.",
        "The student is that of align; what was interrupted goes on with the same options."})
final class SparkAlignCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "TEACHER", description = "The teacher's folder, which all machines see.")
    private Path teacher;

    @Parameters(index = "1", paramLabel = "STUDENT",
            description = "The folder of a student converted from it, likewise.")
    private Path student;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private DataOptions data;

    @Mixin
    private BatchOptions rows;

    @Mixin
    private ImportFlags flags;

    @Mixin
    private TeacherOptions teachers;

    @Option(names = "--out", required = true, paramLabel = "FOLDER",
            description = "The aligned folder, to create where all machines see it.")
    private Path out;

    @Option(names = "--steps", required = true, paramLabel = "N", description = "Batches to train on.")
    private int steps;

    @Option(names = "--rate", defaultValue = "0.01", paramLabel = "R",
            description = "Highest learning rate, after a warm-up (default: ${DEFAULT-VALUE}).")
    private double rate;

    @Mixin
    private ScheduleOptions schedule;

    @Option(names = "--every", defaultValue = "100", paramLabel = "N",
            description = "Steps between checkpoints of a part (default: ${DEFAULT-VALUE}).")
    private int every;

    @Override
    public Integer call() throws IOException {
        cluster.check(spec);
        var text = data.text(spec, rows, HeldOut.Part.TRAINING);
        var options = options();
        Outputs.requireFree(out);
        teachers.require(Checkpoint.open(teacher), Checkpoint.open(student));
        var table = Table.of("layer", "last loss");
        try (var spark = cluster.connect()) {
            int parts = Math.min(cluster.parts(spark), Checkpoint.open(student).config().layers());
            var job = new AlignmentJob(teacher, flags.options(), student, text, options, every, out, parts);
            try (var progress = Console.of(spec).progress("align", "parts", parts)) {
                var losses = spark.align(job, progress::update);
                for (int layer = 0; layer < losses.size(); layer++) {
                    table.row(Integer.toString(layer), Table.number(losses.get(layer), 6));
                }
            }
        }
        Console.of(spec).print(table);
        return 0;
    }

    private AlignmentOptions options() {
        try {
            if (every < 1) {
                throw new IllegalArgumentException("--every must be at least 1, was " + every);
            }
            var options = AlignmentOptions.of(steps, rate);
            return options.withOptimizer(options.optimizer().withSchedule(schedule.schedule(rate, 1e-5, steps)));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
