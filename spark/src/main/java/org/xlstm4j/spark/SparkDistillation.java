package org.xlstm4j.spark;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntConsumer;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.align.LayerRange;
import org.xlstm4j.distill.evaluate.EvaluationPlan;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.Evaluator;
import org.xlstm4j.distill.evaluate.ItemResult;
import org.xlstm4j.distill.evaluate.TaskSet;
import org.xlstm4j.distill.targets.Capture;
import org.xlstm4j.distill.targets.CaptureShard;
import org.xlstm4j.distill.targets.StoreAssembly;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.safetensors.DType;
import org.xlstm4j.safetensors.SafetensorsFile;

/**
 * Distillation on a Spark cluster: what needs no talk between machines, with the results of one process, bit for bit.
 * A job is cut into parts, each one task. Tasks read models and data, and write what they make, at paths that all
 * machines see; between them and this process travel settings and small results alone. A task whose machine is lost is
 * tried again by Spark, elsewhere, and goes on from what its files say; so does the next run of a job whose own process
 * was ended.
 */
public final class SparkDistillation implements AutoCloseable {
    private final JavaSparkContext spark;
    private final boolean isOwn;
    private final Function<String, String> work;

    /** On a context that its owner closes. */
    public SparkDistillation(JavaSparkContext spark) {
        this(spark, false, PartJson::run);
    }

    /** @param work what executors run */
    SparkDistillation(JavaSparkContext spark, boolean isOwn, Function<String, String> work) {
        this.spark = spark;
        this.isOwn = isOwn;
        this.work = work;
    }

    /**
     * On a context of its own.
     *
     * @param master   such as {@code local[2]} or {@code spark://host:7077}
     * @param settings Spark's, by name
     */
    public static SparkDistillation connect(String master, Map<String, String> settings) {
        var conf = new SparkConf().setMaster(master).setAppName("xlstm4j");
        settings.forEach(conf::set);
        return new SparkDistillation(new JavaSparkContext(conf), true, PartJson::run);
    }

    /** How many parts run at a time. */
    public int parallelism() {
        return Math.max(1, spark.defaultParallelism());
    }

    /**
     * Captures a target store. Every part captures a shard of it, beside the store; then this process assembles them.
     *
     * @param done told how many parts are done
     * @throws SparkWorkException if a part fails again and again
     */
    public void capture(CaptureJob job, IntConsumer done) throws IOException {
        requireAbsent(job.out());
        Files.createDirectories(job.out().getParent());
        try (var teacher = OpenCheckpoint.open(job.teacher())) {
            var source = CapturePart.source(job.text().open(teacher.encoding()));
            var header = Capture.header(teacher.checkpoint(), source, job.options());
            var shards = CaptureShard.cut(source, job.parts());
            var missing = StoreAssembly.missing(job.out(), header, shards);
            StoreAssembly.requireSpace(job.out(), header, missing);
            run(missing.stream().map(shard -> new CapturePart(job, header, shard)).toList(), CapturePart.Done.class,
                    done);
            StoreAssembly.write(job.out(), header, shards, rows -> { });
        }
    }

    /**
     * Stage I, with a part for some layers each. Every part runs the teacher for itself, up to its last layer.
     *
     * @param done told how many parts are done
     * @return the last step's loss a layer; NaN where an earlier run did all steps
     * @throws SparkWorkException if a part fails again and again
     */
    public List<Double> align(AlignmentJob job, IntConsumer done) throws IOException {
        requireAbsent(job.out());
        Files.createDirectories(LayersPart.folder(job));
        var student = Checkpoint.open(job.student());
        var parts = cut(student.config().layers(), job.parts()).stream()
                .map(layers -> new LayersPart(job, new LayerRange(layers.first(), layers.end()))).toList();
        var results = run(parts, LayersPart.Done.class, done);
        writeAligned(job, student, parts);
        delete(LayersPart.folder(job));
        var losses = new ArrayList<Double>();
        for (int part = 0; part < parts.size(); part++) {
            var layers = parts.get(part).layers();
            for (int layer = 0; layer < layers.end() - layers.first(); layer++) {
                var known = results.get(part).losses();
                losses.add(known.isEmpty() ? Double.NaN : known.get(layer));
            }
        }
        return losses;
    }

    private static void writeAligned(AlignmentJob job, Checkpoint student, List<LayersPart> parts)
            throws IOException {
        var trained = new ArrayList<SafetensorsFile>();
        try (var weights = student.weights()) {
            for (var part : parts) {
                trained.add(SafetensorsFile.open(part.file()));
            }
            Checkpoint.write(job.out(), student.config(), name -> {
                for (var file : trained) {
                    if (file.contains(name)) {
                        return file.readFloat32(name);
                    }
                }
                return weights.readFloat32(name);
            }, student, DType.F32);
        } finally {
            for (var file : trained) {
                file.close();
            }
        }
    }

    /**
     * Stage II of experts, a part each.
     *
     * @param done told how many experts are done
     * @return the experts, in order
     * @throws SparkWorkException if a part fails again and again
     */
    public List<TrainedExpert> train(ExpertsJob job, IntConsumer done) throws IOException {
        var start = Checkpoint.open(job.start());
        for (var expert : job.experts()) {
            if (Files.notExists(ExpertPart.checkpoints(expert))) {
                requireAbsent(expert.out());
            }
            try (var store = TargetStore.open(expert.targets())) {
                store.requireFits(start, job.anyTeacher());
            }
            Files.createDirectories(expert.out().getParent());
        }
        var trained = run(job.experts().stream().map(expert -> new ExpertPart(job, expert)).toList(),
                TrainedExpert.class, done);
        for (var expert : job.experts()) {
            delete(ExpertPart.checkpoints(expert));
        }
        return trained;
    }

    /**
     * Evaluates a model, with a part for some items each.
     *
     * @param done told how many parts are done
     * @throws SparkWorkException if a part fails again and again
     */
    public EvaluationReport evaluate(EvaluationJob job, IntConsumer done) throws IOException {
        EvaluationPlan plan;
        try (var model = OpenCheckpoint.open(job.model())) {
            plan = Evaluator.plan(TaskSet.read(job.tasks()), job.options(), model.encoding(),
                    model.checkpoint().config());
        }
        var parts = cut(plan.groups().size(), job.parts()).stream()
                .map(groups -> new ItemsPart(job, groups.first(), groups.end())).toList();
        var results = new ArrayList<ItemResult>();
        run(parts, ItemsPart.Judged.class, done).forEach(judged -> results.addAll(judged.items()));
        return plan.report(job.model().getFileName().toString(), results);
    }

    /** From {@code first} to before {@code end}. */
    private record Range(int first, int end) {
    }

    /** 0 to {@code count} in at most so many ranges of nearly the same length. */
    private static List<Range> cut(int count, int parts) {
        int ranges = Math.min(count, parts);
        var cut = new ArrayList<Range>();
        for (int i = 0; i < ranges; i++) {
            cut.add(new Range((int) ((long) count * i / ranges), (int) ((long) count * (i + 1) / ranges)));
        }
        return cut;
    }

    private <R> List<R> run(List<? extends Part> parts, Class<R> type, IntConsumer done) throws IOException {
        if (parts.isEmpty()) {
            return List.of();
        }
        var json = new ArrayList<String>();
        for (var part : parts) {
            json.add(PartJson.write(part));
        }
        var results = new ArrayList<R>();
        for (var result : collect(json, done)) {
            results.add(PartJson.read(result, type));
        }
        return results;
    }

    private List<String> collect(List<String> parts, IntConsumer done) throws IOException {
        var group = UUID.randomUUID().toString();
        var listener = new PartsDone(group, done);
        spark.sc().addSparkListener(listener);
        spark.setJobGroup(group, "xlstm4j", true);
        try {
            return spark.parallelize(parts, parts.size()).map(work).collect();
        } catch (Exception failure) {
            // Scala throws checked exceptions without saying so.
            if (failure instanceof SparkException reported) {
                throw new SparkWorkException(message(reported), reported);
            }
            throw failure;
        } finally {
            spark.clearJobGroup();
            spark.sc().removeSparkListener(listener);
        }
    }

    /** What the part's own exception says; Spark's message begins with it and goes on with a stack trace. */
    private static String message(SparkException failure) {
        var cause = failure.getCause();
        return "a part failed on every attempt, the last time with: " + (cause != null ? cause.toString()
                : String.join(" ", failure.getMessage().lines().limit(2).map(String::strip).toList()))
                + ". What is done is kept; once the cause is gone, the same command goes on";
    }

    private static void requireAbsent(Path target) throws IOException {
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    static void requireParts(int parts) {
        if (parts < 1) {
            throw new IllegalArgumentException("work is cut into at least 1 part, not " + parts);
        }
    }

    static void requireSteps(int saveEvery) {
        if (saveEvery < 1) {
            throw new IllegalArgumentException("checkpoints need at least 1 step between them, not " + saveEvery);
        }
    }

    /** Ends the context, if it is this one's own. */
    @Override
    public void close() {
        if (isOwn) {
            spark.close();
        }
    }
}
