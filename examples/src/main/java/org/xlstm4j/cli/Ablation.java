package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.cli.AblationPlan.Arm;
import org.xlstm4j.cli.AblationResult.Outcome;
import org.xlstm4j.distill.align.Alignment;
import org.xlstm4j.distill.align.AlignmentOptions;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.JsonLines;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.data.Tokens;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.Evaluator;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.distill.evaluate.TaskSet;
import org.xlstm4j.distill.targets.Capture;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.train.Distillation;
import org.xlstm4j.distill.train.DistillationOptions;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;

/**
 * Trains students that differ in one thing, several times each, and measures them on text that nothing was trained on.
 * Of a seed, all students learn from the same text and the same targets in the same order. Students are trained side
 * by side, as many at a time as there are cores.
 */
final class Ablation {
    private final AblationPlan plan;
    private final AblationPlan.Settings settings;
    private final Path teacherFolder;
    private final Path data;
    private final Console console;

    /** @param home the folder of the demo's teacher and data */
    Ablation(AblationPlan plan, Path home, Console console) {
        this.plan = plan;
        this.settings = plan.settings();
        this.teacherFolder = home.resolve("teacher-llama-1m");
        this.data = home.resolve("data");
        this.console = console;
    }

    /** @param scratch a folder for the teacher's targets, which are deleted again */
    AblationResult run(Path scratch) throws IOException {
        long start = System.nanoTime();
        try (var teacher = OpenModel.open(teacherFolder)) {
            var documents = documents(teacher);
            var stores = capture(teacher, documents, scratch);
            var starts = align(teacher.model(), documents);
            var students = distil(starts, stores);
            var measure = new Measure(teacher, documents);
            var ofTeacher = measure.outcome(new Student("teacher", 0, teacher.model(), 0, 0));
            var outcomes = measure.outcomes(students);
            return new AblationResult(plan, ofTeacher, outcomes, beyondWindow(heldOut(documents)),
                    (System.nanoTime() - start) / 1e9, PeakMemory.bytes());
        }
    }

    private List<Path> files(String ending) {
        return DemoSettings.DOMAINS.stream().map(domain -> data.resolve(domain + "." + ending)).toList();
    }

    /** The documents of each domain. */
    private List<List<Tokens>> documents(OpenModel teacher) throws IOException {
        var documents = new ArrayList<List<Tokens>>();
        for (var file : files("train.jsonl.gz")) {
            documents.add(teacher.encoding().documents(JsonLines.documents(List.of(file))));
        }
        return documents;
    }

    /** Some of the domains' training documents, as much of each: all but their last, which are measured on. */
    private List<Tokens> trainingText(List<List<Tokens>> documents, long seed, long tokens) {
        var some = new ArrayList<Tokens>();
        for (var domain : documents) {
            var all = new ArrayList<>(domain.subList(0, domain.size() - settings.heldOut()));
            Collections.shuffle(all, new Random(seed));
            long left = tokens / documents.size();
            for (var iterator = all.iterator(); iterator.hasNext() && left > 0; ) {
                var document = iterator.next();
                some.add(document);
                left -= document.length();
            }
        }
        return some;
    }

    private PackedDataset packed(List<Tokens> documents, long seed) {
        return new PackedDataset(documents, new PackingOptions(settings.time(), settings.batch(), false, seed));
    }

    private List<PackedBatch> heldOut(List<List<Tokens>> documents) {
        var last = documents.stream()
                .flatMap(domain -> domain.subList(domain.size() - settings.heldOut(), domain.size()).stream()).toList();
        var epoch = packed(last, 0).epoch(0);
        return IntStream.range(0, epoch.size()).mapToObj(epoch::batch).toList();
    }

    private double beyondWindow(List<PackedBatch> batches) {
        long beyond = 0;
        long counted = 0;
        for (var batch : batches) {
            for (int t = 0; t < batch.weights().length; t++) {
                if (batch.weights()[t] > 0) {
                    counted++;
                    beyond += batch.positions()[t] >= settings.window() ? 1 : 0;
                }
            }
        }
        return (double) beyond / counted;
    }

    private long tokens(int steps) {
        return (long) steps * settings.batch() * settings.time();
    }

    /** The teacher's targets by seed, as many as the longest stage II reads. */
    private Map<Long, Path> capture(OpenModel teacher, List<List<Tokens>> documents, Path folder) throws IOException {
        int steps = plan.arms().stream().mapToInt(Arm::distillSteps).max().orElseThrow();
        var stores = new LinkedHashMap<Long, Path>();
        for (long seed : settings.seeds()) {
            var dataset = packed(trainingText(documents, seed, tokens(steps)), seed);
            var store = folder.resolve("seed-" + seed + ".targets");
            try (var progress = console.progress("capture, seed " + seed, "rows", dataset.epoch(0).rows())) {
                Capture.write(store, teacher.checkpoint(), dataset, settings.topK(), progress::update);
            }
            stores.put(seed, store);
        }
        return stores;
    }

    /** A stage I: what students that share it have in common. */
    private record Start(HybridConfig hybrid, int steps, long seed) {
        static Start of(Arm arm, long seed) {
            return new Start(arm.hybrid(), arm.alignSteps(), seed);
        }
    }

    /** A student, and the seconds of its stages. */
    private record Student(String name, long seed, CausalLm model, double alignSeconds, double distillSeconds) {
    }

    /** A student after stage I. */
    private record Aligned(CausalLm model, double seconds) {
    }

    private Map<Start, Aligned> align(CausalLm teacher, List<List<Tokens>> documents) throws IOException {
        var starts = settings.seeds().stream()
                .flatMap(seed -> plan.arms().stream().map(arm -> Start.of(arm, seed))).distinct().toList();
        try (var steps = new Steps("align", starts.stream().mapToInt(Start::steps).sum())) {
            var aligned = Parallel.map(starts, start -> align(teacher, start, documents, steps));
            var byStart = new LinkedHashMap<Start, Aligned>();
            IntStream.range(0, starts.size()).forEach(i -> byStart.put(starts.get(i), aligned.get(i)));
            return byStart;
        }
    }

    private Aligned align(CausalLm teacher, Start start, List<List<Tokens>> documents, Steps steps) {
        var student = StudentStart.from(teacher, start.hybrid());
        if (start.steps() == 0) {
            return new Aligned(student, 0);
        }
        long begun = System.nanoTime();
        var text = packed(trainingText(documents, start.seed(), tokens(start.steps())), start.seed());
        try (var batches = text.stream(DataCursor.START)) {
            new Alignment(teacher, student, settings.time()).train(
                    AlignmentOptions.of(start.steps(), settings.alignRate()), batches, step -> steps.done(step.losses()
                            .stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN)));
        }
        freeNativeMemory();
        return new Aligned(student, (System.nanoTime() - begun) / 1e9);
    }

    private List<Student> distil(Map<Start, Aligned> starts, Map<Long, Path> stores) throws IOException {
        record Job(Arm arm, long seed) {
        }
        var jobs = settings.seeds().stream()
                .flatMap(seed -> plan.arms().stream().map(arm -> new Job(arm, seed))).toList();
        try (var steps = new Steps("distil", jobs.stream().mapToInt(job -> job.arm().distillSteps()).sum())) {
            return Parallel.map(jobs, job -> distil(job.arm(), job.seed(), starts.get(Start.of(job.arm(), job.seed())),
                    stores.get(job.seed()), steps));
        } finally {
            for (var store : stores.values()) {
                Files.delete(store);
            }
        }
    }

    private Student distil(Arm arm, long seed, Aligned start, Path file, Steps steps) throws IOException {
        var model = start.model().copy();
        long begun = System.nanoTime();
        try (var store = TargetStore.open(file)) {
            new Distillation(model, store, DistillationOptions.of(arm.distillSteps(), settings.batch(),
                    arm.distillRate(), seed).withWeights(arm.crossEntropy(), arm.kl()))
                    .train(step -> steps.done(step.loss()));
        }
        return new Student(arm.name(), seed, model, start.seconds(), (System.nanoTime() - begun) / 1e9);
    }

    /** Graphs that are done with hold memory outside the heap, which only their collection frees. */
    private static void freeNativeMemory() {
        System.gc();
    }

    /** Steps of all students of a stage together. */
    private final class Steps implements AutoCloseable {
        private final Progress progress;
        private final AtomicLong done = new AtomicLong();

        Steps(String stage, int total) {
            progress = console.progress(stage + " " + plan.name(), "steps", total);
        }

        void done(double loss) {
            progress.update(done.incrementAndGet(), String.format(Locale.ROOT, "loss %.4g", loss));
        }

        @Override
        public void close() {
            progress.close();
        }
    }

    /** What students are measured by. */
    private final class Measure {
        private final OpenModel teacher;
        private final HeldOutDivergence loss;
        private final TaskSet tasks;

        Measure(OpenModel teacher, List<List<Tokens>> documents) throws IOException {
            this.teacher = teacher;
            this.loss = new HeldOutDivergence(teacher.model(), heldOut(documents));
            this.tasks = settings.items() == 0 ? null : TaskSet.read(files("eval.jsonl"));
        }

        List<Outcome> outcomes(List<Student> students) throws IOException {
            try (var progress = console.progress("measure " + plan.name(), "students", students.size())) {
                var done = new AtomicLong();
                return Parallel.map(students, student -> {
                    var outcome = outcome(student);
                    progress.update(done.incrementAndGet());
                    return outcome;
                });
            }
        }

        Outcome outcome(Student student) {
            var losses = loss.of(student.model());
            double score = tasks == null ? Double.NaN : exactMatch(student);
            freeNativeMemory();
            return new Outcome(student.name(), student.seed(), losses.crossEntropy(), losses.kl(), score,
                    student.alignSeconds(), student.distillSeconds());
        }

        private double exactMatch(Student student) {
            var options = EvaluationOptions.defaults().withSplit(Split.HELD_OUT).withLikelihood(false)
                    .withMaxItemsPerTask(settings.items());
            return Evaluator.of(student.model(), teacher.encoding()).evaluate(student.name(), tasks, options).meanScore();
        }
    }
}
