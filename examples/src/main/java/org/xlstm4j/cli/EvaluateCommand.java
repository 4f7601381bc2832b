package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.distill.evaluate.TaskSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code evaluate}: greedy exact match and likelihood a task. */
@Command(name = "evaluate", description = "Score a model on tasks: greedy exact match and likelihood.")
final class EvaluateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CKPT", description = "Checkpoint folder.")
    private Path folder;

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
        var items = TaskSet.read(tasks.files());
        var options = tasks.options(spec, split);
        var console = Console.of(spec);
        int total = items.select(split, options.maxItemsPerTask()).size();
        EvaluationReport report;
        try (var model = OpenModel.open(folder, flags.options());
                var progress = console.progress("evaluate " + model.name(), "items", total)) {
            report = model.evaluate(items, options, done -> progress.update(done.doneItems()));
        }
        console.print(table(report));
        if (json != null) {
            report.write(json);
        }
        return 0;
    }

    static Table table(EvaluationReport report) {
        var table = Table.of("task", "items", "exact match", "+/-", "nll/token");
        for (var task : report.tasks()) {
            var score = task.score();
            table.row(score.task(), Integer.toString(score.items()), Table.number(score.value("exact_match"), 3),
                    Table.number(score.score().standardError(), 3), Table.number(score.value("nll"), 4));
        }
        int items = report.tasks().stream().mapToInt(task -> task.score().items()).sum();
        double nll = report.tasks().stream().mapToDouble(task -> task.score().value("nll")).average().orElse(Double.NaN);
        return table.row("mean", Integer.toString(items), Table.number(report.meanScore(), 3), "",
                Table.number(nll, 4));
    }
}
