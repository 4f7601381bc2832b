package org.xlstm4j.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.distill.align.Alignment;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.JsonLines;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.data.Tokens;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.Evaluator;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.distill.evaluate.TaskSet;
import org.xlstm4j.distill.targets.Capture;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.train.Distillation;
import org.xlstm4j.merge.Coefficients;
import org.xlstm4j.merge.tune.MergeTuning;
import org.xlstm4j.merge.tune.TuningOptions;
import org.xlstm4j.merge.tune.TuningResult;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.safetensors.DType;

/**
 * The main job on a small real teacher, stage by stage: evaluate, convert, align, capture, distil an expert a domain,
 * merge them uniformly and tuned, and judge all of them on prompts that nothing was trained or tuned on.
 */
final class Demo {
    private final Path teacherFolder;
    private final Path data;
    private final Path models;
    private final DemoSettings settings;
    private final Console console;
    private final Map<String, Double> seconds = new LinkedHashMap<>();

    /**
     * @param home     the folder of the teacher and the data
     * @param models   an empty folder for the checkpoints
     * @param settings all settings
     */
    Demo(Path home, Path models, DemoSettings settings, Console console) {
        this.teacherFolder = home.resolve("teacher-llama-1m");
        this.data = home.resolve("data");
        this.models = models;
        this.settings = settings;
        this.console = console;
    }

    DemoResult run() throws IOException {
        try (var teacher = OpenModel.open(teacherFolder)) {
            var tasks = TaskSet.read(files("eval.jsonl"));
            var documents = documents(teacher);
            var teacherReport = timed("evaluate the teacher",
                    () -> evaluate("teacher", teacher.model(), teacher, tasks, Split.ALL));

            var student = StudentStart.from(teacher.model(), settings.hybrid());
            save("start", student, teacher);
            var aligned = timed("align", () -> align(teacher.model(), student, documents));
            save("aligned", student, teacher);

            var losses = new LinkedHashMap<String, List<Double>>();
            var experts = timed("distil", () -> distil(teacher, student, documents, losses));

            var merged = new MergedModel(experts);
            var tuning = timed("tune", () -> tune(merged, teacher, teacherReport, tasks));
            var reports = timed("judge", () -> judge(experts, merged, tuning, teacher, tasks));
            var gates = GateMixture.of(merged.model(), heldOut(documents));
            return new DemoResult(settings, teacherReport,
                    EvaluationReport.readScores(teacherFolder.resolve("teacher_scores.json")), aligned, losses, tuning,
                    reports, gates, seconds, PeakMemory.bytes());
        }
    }

    private List<Path> files(String ending) {
        return DemoSettings.DOMAINS.stream().map(domain -> data.resolve(domain + "." + ending)).toList();
    }

    private Map<String, List<Tokens>> documents(OpenModel teacher) throws IOException {
        var documents = new LinkedHashMap<String, List<Tokens>>();
        for (var domain : DemoSettings.DOMAINS) {
            documents.put(domain, teacher.encoding()
                    .documents(JsonLines.documents(List.of(data.resolve(domain + ".train.jsonl.gz")))));
        }
        return documents;
    }

    private DemoResult.Aligned align(CausalLm teacher, CausalLm student, Map<String, List<Tokens>> documents) {
        var alignment = new Alignment(teacher, student, settings.time());
        var measured = heldOut(documents);
        var before = alignment.relativeErrors(measured);
        var losses = new ArrayList<List<Double>>();
        var dataset = packed(documents.values().stream().flatMap(this::trainingPart).toList());
        try (var progress = console.progress("align", "steps", settings.alignSteps())) {
            alignment.train(settings.alignment(), dataset.stream(DataCursor.START), step -> {
                losses.add(step.losses());
                progress.update(step.step(), loss(mean(step.losses())));
            });
        }
        return new DemoResult.Aligned(before, alignment.relativeErrors(measured), losses);
    }

    private Stream<Tokens> trainingPart(List<Tokens> documents) {
        return documents.subList(0, documents.size() - settings.heldOut()).stream();
    }

    /** Text that nothing trains on: the last documents of every domain. */
    private List<PackedBatch> heldOut(Map<String, List<Tokens>> documents) {
        var last = documents.values().stream()
                .flatMap(all -> all.subList(all.size() - settings.heldOut(), all.size()).stream()).toList();
        var epoch = packed(last).epoch(0);
        return IntStream.range(0, epoch.size()).mapToObj(epoch::batch).toList();
    }

    private PackedDataset packed(List<Tokens> documents) {
        return new PackedDataset(documents,
                new PackingOptions(settings.time(), settings.batch(), false, settings.seed()));
    }

    /** The teacher's targets for as much of the domain as the expert's steps will read. */
    private void capture(String domain, Path store, OpenModel teacher, List<Tokens> documents) throws IOException {
        long wanted = (long) settings.distillSteps() * settings.batch() * settings.time();
        var some = new ArrayList<Tokens>();
        long tokens = 0;
        for (var iterator = trainingPart(documents).iterator(); iterator.hasNext() && tokens < wanted; ) {
            some.add(iterator.next());
            tokens += some.get(some.size() - 1).length();
        }
        var dataset = packed(some);
        try (var progress = console.progress("capture " + domain, "rows", dataset.epoch(0).rows())) {
            Capture.write(store, teacher.checkpoint(), dataset, settings.topK(), progress::update);
        }
    }

    /** An expert a domain, as many at a time as there are cores. */
    private List<CausalLm> distil(OpenModel teacher, CausalLm student, Map<String, List<Tokens>> documents,
                                  Map<String, List<Double>> losses) throws IOException {
        for (var domain : DemoSettings.DOMAINS) {
            capture(domain, store(domain), teacher, documents.get(domain));
        }
        int total = settings.distillSteps() * DemoSettings.DOMAINS.size();
        try (var progress = console.progress("distil " + DemoSettings.DOMAINS.size() + " experts", "steps", total)) {
            var done = new AtomicInteger();
            var experts = Parallel.map(DemoSettings.DOMAINS, domain -> distil(domain, student.copy(),
                    loss -> progress.update(done.incrementAndGet(), loss(loss))));
            for (int i = 0; i < experts.size(); i++) {
                var domain = DemoSettings.DOMAINS.get(i);
                losses.put(domain, experts.get(i).losses());
                save("expert-" + domain, experts.get(i).model(), teacher);
            }
            return experts.stream().map(Expert::model).toList();
        }
    }

    /** A domain's expert and its losses by step. */
    private record Expert(CausalLm model, List<Double> losses) {
    }

    private Expert distil(String domain, CausalLm expert, DoubleConsumer listener) throws IOException {
        var losses = new ArrayList<Double>();
        try (var store = TargetStore.open(store(domain))) {
            new Distillation(expert, store, settings.distillation()).train(step -> {
                losses.add(step.loss());
                listener.accept(step.loss());
            });
        }
        Files.delete(store(domain));
        return new Expert(expert, losses);
    }

    private Path store(String domain) {
        return models.resolve(domain + ".targets");
    }

    private TuningResult tune(MergedModel merged, OpenModel teacher, EvaluationReport teacherReport, TaskSet tasks) {
        var options = EvaluationOptions.defaults().withSplit(Split.TUNING);
        var objective = new TuningObjective(merged, teacher.encoding(), tasks, options, Scores.of(teacherReport));
        var search = TuningOptions.of(DemoSettings.DOMAINS.size(), settings.tuningCandidates(), settings.seed())
                .withStarts(List.of());
        try (var progress = console.progress("tune", "candidates", settings.tuningCandidates())) {
            return MergeTuning.tune(search, objective::score, done -> progress.update(done.index() + 1L,
                    String.format(Locale.ROOT, "score %.4f", done.score())));
        }
    }

    private List<EvaluationReport> judge(List<CausalLm> experts, MergedModel merged, TuningResult tuning,
                                         OpenModel teacher, TaskSet tasks) throws IOException {
        var reports = new ArrayList<EvaluationReport>();
        for (int i = 0; i < experts.size(); i++) {
            reports.add(evaluate("expert " + DemoSettings.DOMAINS.get(i), experts.get(i), teacher, tasks,
                    Split.HELD_OUT));
        }
        merged.take(Coefficients.uniform(experts.size()));
        save("merged-uniform", merged.model(), teacher);
        reports.add(evaluate(DemoResult.UNIFORM, merged.model(), teacher, tasks, Split.HELD_OUT));
        merged.take(tuning.best().coefficients());
        save("merged-tuned", merged.model(), teacher);
        reports.add(evaluate(DemoResult.TUNED, merged.model(), teacher, tasks, Split.HELD_OUT));
        return reports;
    }

    private EvaluationReport evaluate(String name, CausalLm model, OpenModel teacher, TaskSet tasks, Split split) {
        var options = EvaluationOptions.defaults().withSplit(split);
        var evaluator = Evaluator.of(model, teacher.encoding());
        var plan = evaluator.plan(tasks, options);
        try (var progress = console.progress("evaluate " + name, "tokens", plan.progress(0).tokens())) {
            return evaluator.evaluate(name, plan, done -> progress.update(done.doneTokens()));
        } finally {
            freeNativeMemory();
        }
    }

    private void save(String name, CausalLm model, OpenModel teacher) throws IOException {
        Checkpoint.write(models.resolve(name), model, teacher.checkpoint(), DType.F32);
    }

    /** A stage's work. */
    private interface Stage<T> {
        T run() throws IOException;
    }

    private <T> T timed(String stage, Stage<T> work) throws IOException {
        long start = System.nanoTime();
        try {
            return work.run();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } finally {
            seconds.merge(stage, (System.nanoTime() - start) / 1e9, Double::sum);
            freeNativeMemory();
        }
    }

    /** Graphs that are done with hold memory outside the heap, which only their collection frees. */
    private static void freeNativeMemory() {
        System.gc();
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    private static String loss(double value) {
        return String.format(Locale.ROOT, "loss %.4g", value);
    }
}
