package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.distill.evaluate.TaskSet;
import org.xlstm4j.merge.LinearMerge;
import org.xlstm4j.merge.Merge;
import org.xlstm4j.merge.tune.Evaluation;
import org.xlstm4j.merge.tune.MergeTuning;
import org.xlstm4j.merge.tune.Search;
import org.xlstm4j.merge.tune.TuningOptions;
import org.xlstm4j.merge.tune.TuningResult;
import org.xlstm4j.model.CausalLm;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code tune}: the merge coefficients that score best on the tasks' tuning part. */
@Command(name = "tune", description = "Tune merge coefficients on the tuning part of tasks, and merge.")
final class TuneCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "EXPERT", arity = "2..*", description = "The experts' folders.")
    private List<Path> experts;

    @Mixin
    private TaskOptions tasks;

    @Option(names = "--out", required = true, paramLabel = "FOLDER",
            description = "The best merge's folder, to create.")
    private Path out;

    @Option(names = "--teacher", paramLabel = "JSON", description = "The teacher's report or scores: the score is the "
            + "mean recovery then, and the mean exact match without.")
    private Path teacher;

    @Option(names = "--evaluations", defaultValue = "24", paramLabel = "N",
            description = "Candidates to score, the uniform one first (default: ${DEFAULT-VALUE}).")
    private int evaluations;

    @Option(names = "--search", defaultValue = "cma-es", paramLabel = "KIND", converter = SearchConverter.class,
            description = "random, grid or cma-es (default: ${DEFAULT-VALUE}).")
    private Search search;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description = "Seed (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--json", paramLabel = "FILE", description = "Write every candidate and its score there.")
    private Path json;

    @Override
    public Integer call() throws IOException {
        var options = tuningOptions();
        var evaluation = tasks.options(spec, Split.TUNING);
        Outputs.requireFree(out);
        var items = TaskSet.read(tasks.files(spec));
        var result = search(options, items, evaluation);
        var console = Console.of(spec);
        console.print(table(result));
        var best = result.best();
        Merge.checkpoints(experts, out, new LinearMerge(best.coefficients()));
        console.line("%n%s: coefficients %s, score %.4f (uniform %.4f)", out, best.coefficients(), best.score(),
                result.uniform().score());
        if (json != null) {
            Outputs.writeJson(json, json(options, result));
        }
        return 0;
    }

    private TuningOptions tuningOptions() {
        try {
            return TuningOptions.of(experts.size(), evaluations, seed).withSearch(search);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private TuningResult search(TuningOptions options, TaskSet items, EvaluationOptions evaluation)
            throws IOException {
        var teacherScores = teacher == null ? null
                : Scores.read(teacher).on(items.select(evaluation.split(), evaluation.maxItemsPerTask()));
        try (var first = OpenModel.open(experts.get(0));
                var progress = Console.of(spec).progress("tune", "candidates", evaluations)) {
            var models = new ArrayList<CausalLm>(List.of(first.model()));
            for (var folder : experts.subList(1, experts.size())) {
                models.add(Checkpoint.open(folder).load());
            }
            var objective = new TuningObjective(new MergedModel(models), first.encoding(), items, evaluation,
                    teacherScores);
            return MergeTuning.tune(options, objective::score, done -> progress.update(done.index() + 1L,
                    done.failed() ? "failed" : String.format(Locale.ROOT, "score %.4f", done.score())));
        }
    }

    private static Table table(TuningResult result) {
        var table = Table.of("candidate", "score", "seconds", "coefficients");
        for (var evaluation : result.evaluations()) {
            table.row(Integer.toString(evaluation.index()), Table.number(evaluation.score(), 4),
                    Table.number(evaluation.millis() / 1000.0, 1), rounded(evaluation));
        }
        return table;
    }

    private static String rounded(Evaluation evaluation) {
        return String.join(" ", evaluation.coefficients().values().stream().map(v -> Table.number(v, 3)).toList());
    }

    private Map<String, Object> json(TuningOptions options, TuningResult result) {
        var facts = new LinkedHashMap<String, Object>();
        facts.put("experts", experts.stream().map(Path::toString).toList());
        facts.put("search", options.search());
        facts.put("seed", options.seed());
        facts.put("best", facts(result.best()));
        facts.put("evaluations", result.evaluations().stream().map(TuneCommand::facts).toList());
        return facts;
    }

    private static Map<String, Object> facts(Evaluation evaluation) {
        var facts = new LinkedHashMap<String, Object>();
        facts.put("index", evaluation.index());
        facts.put("coefficients", evaluation.coefficients().values());
        facts.put("score", evaluation.failed() ? null : evaluation.score());
        facts.put("millis", evaluation.millis());
        evaluation.failure().ifPresent(failure -> facts.put("failure", failure));
        return facts;
    }

    /** Reads {@code random}, {@code grid} and {@code cma-es}. */
    static final class SearchConverter implements ITypeConverter<Search> {
        @Override
        public Search convert(String value) {
            return switch (value.toLowerCase(Locale.ROOT)) {
                case "random" -> Search.RANDOM;
                case "grid" -> Search.GRID;
                case "cma-es" -> Search.CMA_ES;
                default -> throw new TypeConversionException("'" + value + "' is not random, grid or cma-es");
            };
        }
    }
}
