package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.spark.EvaluationJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code spark evaluate}: evaluate, some items a part. */
@Command(name = "evaluate", description = {"Score a model on tasks, some items a part.",
        "The report is that of evaluate."})
final class SparkEvaluateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CKPT", description = "Checkpoint folder, which all machines see, as they do the tasks.")
    private Path folder;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private TaskOptions tasks;

    @Mixin
    private ImportFlags flags;

    @Option(names = "--split", defaultValue = "all", paramLabel = "PART", converter = TaskOptions.SplitConverter.class,
            description = "all, tuning (items 0, 2, 4, ... of each task) or held-out (the others) (default: all).")
    private Split split;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the report there, answer by answer.")
    private Path json;

    @Override
    public Integer call() throws IOException {
        cluster.check(spec);
        var options = tasks.options(spec, split);
        var console = Console.of(spec);
        try (var spark = cluster.connect()) {
            int parts = cluster.parts(spark);
            var job = new EvaluationJob(folder, flags.options(), tasks.files(spec), options, parts);
            try (var progress = console.progress("evaluate", "parts", parts)) {
                var report = spark.evaluate(job, progress::update);
                EvaluateCommand.print(console, report);
                if (json != null) {
                    report.write(json);
                }
            }
        }
        return 0;
    }
}
