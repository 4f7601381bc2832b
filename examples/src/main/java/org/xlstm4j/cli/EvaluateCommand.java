package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.xlstm4j.checkpoint.CheckpointException;
import org.xlstm4j.distill.evaluate.EvaluationJournal;
import org.xlstm4j.distill.evaluate.EvaluationPlan;
import org.xlstm4j.distill.evaluate.EvaluationProgress;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.Evaluator;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.distill.evaluate.TaskKind;
import org.xlstm4j.distill.evaluate.TaskSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code evaluate}: scores a model on tasks, alone or against its teacher. */
@Command(name = "evaluate", description = {
    "Score a model on tasks: greedy exact match, multiple choice, perplexity, needles in haystacks.",
    "With --json an interrupted evaluation is gone on with by the same command."})
final class EvaluateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CKPT", description = "Checkpoint folder.")
    private Path folder;

    @Mixin
    private TaskOptions tasks;

    @Mixin
    private NeedleFlags needles;

    @Mixin
    private ImportFlags flags;

    @Option(names = "--teacher", paramLabel = "CKPT",
            description = "Compare with this teacher on texts, too: how often both find the same token likeliest, KL.")
    private Path teacher;

    @Option(names = "--split", defaultValue = "all", paramLabel = "PART", converter = TaskOptions.SplitConverter.class,
            description = "all, tuning (items 0, 2, 4, ... of each task) or held-out (the others) (default: all).")
    private Split split;

    @Option(names = "--json", paramLabel = "FILE",
            description = "Write the report there, answer by answer; until it is done, FILE.journal keeps what is.")
    private Path json;

    @Override
    public Integer call() throws IOException {
        var items = items();
        var options = tasks.options(spec, split);
        try (var student = OpenModel.open(folder, flags.options())) {
            if (teacher == null) {
                var evaluator = Evaluator.of(student.model(), student.encoding());
                print(run(student, Optional.empty(), evaluator, evaluator.plan(items, options)));
            } else {
                try (var other = OpenModel.open(teacher, flags.options())) {
                    requireSameTokenizer(student, other);
                    var evaluator = Evaluator.of(student.model(), other.model(), student.encoding());
                    print(run(student, Optional.of(other), evaluator, evaluator.plan(items, options)));
                }
            }
        }
        return 0;
    }

    private TaskSet items() throws IOException {
        var items = tasks.isGiven() || !needles.isGiven() ? TaskSet.read(tasks.files(spec)) : new TaskSet(new TreeMap<>());
        if (teacher != null && items.all().stream().noneMatch(item -> item.kind() == TaskKind.PERPLEXITY)) {
            throw new ParameterException(spec.commandLine(), "--teacher compares models on texts, but no task has "
                    + "any; add a file of lines {\"task\": ..., \"text\": ...}");
        }
        return needles.isGiven() ? items.with(needles.tasks(spec)) : items;
    }

    private void requireSameTokenizer(OpenModel student, OpenModel other) throws CheckpointException {
        if (!student.tokenizer().fingerprint().equals(other.tokenizer().fingerprint())) {
            throw new CheckpointException(folder + " and " + teacher + " have different tokenizers; compare a student "
                    + "with the teacher that it was made from");
        }
    }

    private EvaluationReport run(OpenModel model, Optional<OpenModel> other, Evaluator evaluator, EvaluationPlan plan)
            throws IOException {
        if (json == null) {
            try (var progress = progress(model, plan, 0)) {
                return evaluator.evaluate(model.name(), plan, done -> show(progress, done, 0));
            }
        }
        var settings = EvaluationJournal.settings(model.checkpoint(), model.tokenizer(), flags.options(),
                other.map(OpenModel::checkpoint), plan);
        try (var journal = EvaluationJournal.open(json, settings)) {
            var before = plan.progress(journal.groups());
            if (before.doneItems() > 0) {
                Console.of(spec).notice("going on from %s.journal: %d of %d items are done", json, before.doneItems(),
                        before.items());
            }
            try (var progress = progress(model, plan, before.doneTokens())) {
                return evaluator.evaluate(model.name(), plan, journal,
                        done -> show(progress, done, before.doneTokens()));
            }
        }
    }

    /** What is left, so that rate and time are those of this run. */
    private Progress progress(OpenModel model, EvaluationPlan plan, long doneTokens) {
        return Console.of(spec).progress("evaluate " + model.name(), "tokens", plan.progress(0).tokens() - doneTokens);
    }

    private static void show(Progress progress, EvaluationProgress done, long before) {
        progress.update(done.doneTokens() - before, done.doneItems() + " of " + done.items() + " items");
    }

    private void print(EvaluationReport report) {
        print(Console.of(spec), report);
    }

    /** Prints a report's tables, a blank line between two. */
    static void print(Console console, EvaluationReport report) {
        var tables = EvaluationTables.of(report);
        for (int i = 0; i < tables.size(); i++) {
            if (i > 0) {
                console.line("");
            }
            console.print(tables.get(i));
        }
    }
}
