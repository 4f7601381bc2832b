package org.xlstm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.distill.align.Alignment;
import org.xlstm4j.distill.align.AlignmentProgress;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.evaluate.EvaluationOptions;
import org.xlstm4j.distill.evaluate.Evaluator;
import org.xlstm4j.distill.evaluate.TaskSet;
import org.xlstm4j.distill.targets.Capture;
import org.xlstm4j.distill.targets.CaptureShard;
import org.xlstm4j.distill.targets.CaptureSource;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.train.Distillation;
import org.xlstm4j.merge.Coefficients;
import org.xlstm4j.merge.LinearMerge;
import org.xlstm4j.merge.Merge;
import org.xlstm4j.safetensors.DType;

/** Two tasks at a time, each tried twice, against one process. */
class SparkDistillationTest {
    private static JavaSparkContext spark;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        spark = new JavaSparkContext(new SparkConf().setMaster("local[2,2]").setAppName("test")
                .set("spark.ui.enabled", "false"));
    }

    @AfterAll
    static void stop() {
        spark.close();
    }

    private static SparkDistillation cluster(Function<String, String> work) {
        return new SparkDistillation(spark, false, work);
    }

    private TinyWork work() {
        return new TinyWork(folder);
    }

    /** The store of one process. */
    private Path captured(CaptureJob job) throws IOException {
        var store = folder.resolve("expected.targets");
        try (var teacher = OpenCheckpoint.open(job.teacher())) {
            var corpus = job.text().open(teacher.encoding());
            var rows = OptionalInt.of((int) corpus.survey().rows());
            Capture.write(store, teacher.checkpoint(),
                    new CaptureSource(corpus::stream, corpus.fingerprint(), corpus.packing(), rows), job.options(),
                    row -> { });
        }
        return store;
    }

    @Test
    void aStoreOfManyIsThatOfOne() throws IOException {
        var job = work().capture("store", 40, 5);
        var done = new ArrayList<Integer>();
        cluster(PartJson::run).capture(job, done::add);
        assertThat(job.out()).hasSameBinaryContentAs(captured(job));
        assertThat(folder).isDirectoryNotContaining(file -> file.getFileName().toString().startsWith("store."));
        assertThat(done).isSorted().allMatch(part -> part <= 5);
    }

    @Test
    void aTaskThatDiesCapturesTheSame() throws IOException {
        var job = work().capture("store", 40, 4);
        cluster(Mortal::diesOnce).capture(job, part -> { });
        assertThat(job.out()).hasSameBinaryContentAs(captured(job));
    }

    @Test
    void aCaptureThatFailedIsGoneOnWith() throws IOException {
        var job = work().capture("store", 40, 3);
        assertThatThrownBy(() -> cluster(Mortal::finishesAllButTheLast).capture(job, part -> { }))
                .isInstanceOf(SparkWorkException.class).hasMessageContaining("died");
        // The last part begins when one of the others has ended.
        assertThat(folder).isDirectoryContaining(file -> file.getFileName().toString().matches("store\\.rows-\\d+"));
        cluster(PartJson::run).capture(job, part -> { });
        assertThat(job.out()).hasSameBinaryContentAs(captured(job));
    }

    @Test
    void aShardThatIsThereIsNotCapturedAgain() throws IOException {
        var job = work().capture("store", 20, 2);
        try (var teacher = OpenCheckpoint.open(job.teacher())) {
            var source = CapturePart.source(job.text().open(teacher.encoding()));
            var part = new CapturePart(job, Capture.header(teacher.checkpoint(), source, job.options()),
                    CaptureShard.cut(source, 2).get(1));
            part.run();
            var shard = part.shard().file(job.out());
            var time = FileTime.fromMillis(1_000_000);
            Files.setLastModifiedTime(shard, time);
            assertThat(part.run().rows()).isEqualTo(part.shard().rows());
            assertThat(Files.getLastModifiedTime(shard)).isEqualTo(time);
        }
    }

    @Test
    void aMachineThatSeesOtherTextIsRefused() throws IOException {
        var job = work().capture("store", 20, 2);
        try (var teacher = OpenCheckpoint.open(job.teacher())) {
            var source = CapturePart.source(job.text().open(teacher.encoding()));
            var part = new CapturePart(job, Capture.header(teacher.checkpoint(), source, job.options()),
                    CaptureShard.cut(source, 2).get(0));
            work().text(19);
            assertThatThrownBy(part::run).isInstanceOf(IOException.class).hasMessageContaining("other training text");
        }
    }

    @Test
    void layersTrainedApartAreThoseOfOneProcess() throws IOException {
        var student = work().student();
        var job = work().alignment("aligned", student, 3);
        var losses = cluster(PartJson::run).align(job, part -> { });
        var expected = folder.resolve("expected");
        var last = new ArrayList<AlignmentProgress>();
        try (var open = OpenCheckpoint.open(student)) {
            var model = open.checkpoint().load();
            var corpus = job.text().open(open.encoding());
            try (var stream = corpus.stream(DataCursor.START)) {
                new Alignment(Checkpoint.open(TinyWork.TEACHER).load(), model, TinyWork.PACKING.time())
                        .train(job.options(), stream, last::add);
            }
            Checkpoint.write(expected, model, open.checkpoint(), DType.F32);
        }
        requireSameFolder(job.out(), expected);
        assertThat(losses).isEqualTo(last.get(last.size() - 1).losses());
        assertThat(folder.resolve("aligned.layers")).doesNotExist();
    }

    @Test
    void aTaskThatDiesAlignsTheSame() throws IOException {
        var student = work().student();
        var whole = work().alignment("whole", student, 1);
        cluster(PartJson::run).align(whole, part -> { });
        var job = work().alignment("aligned", student, 4);
        cluster(Mortal::diesOnce).align(job, part -> { });
        requireSameFolder(job.out(), whole.out());
    }

    @Test
    void expertsAndTheirMergeAreThoseOfOneProcess() throws IOException {
        var store = captured(work().capture("", 40, 1));
        var student = work().student();
        var experts = List.of(work().expert("a", store, 1), work().expert("b", store, 2));
        var job = new ExpertsJob(student, experts, false, 2);
        var trained = cluster(Mortal::diesOnce).train(job, part -> { });
        assertThat(trained).extracting(TrainedExpert::folder).containsExactly(folder.resolve("a"), folder.resolve("b"));
        assertThat(trained).allSatisfy(expert -> assertThat(expert.steps()).isEqualTo(3));
        var expected = new ArrayList<Path>();
        for (var expert : job.experts()) {
            var start = Checkpoint.open(student);
            var model = start.load();
            try (var targets = TargetStore.open(store)) {
                new Distillation(model, targets, expert.options()).train(step -> { });
            }
            expected.add(folder.resolve("expected-" + expert.out().getFileName()));
            Checkpoint.write(expected.get(expected.size() - 1), model, start, DType.F32);
            requireSameFolder(expert.out(), expected.get(expected.size() - 1));
        }
        assertThat(folder).isDirectoryNotContaining(file -> file.toString().endsWith(".checkpoints"));
        var merge = new LinearMerge(Coefficients.of(0.6, 0.4));
        requireSameFolder(
                Merge.checkpoints(trained.stream().map(TrainedExpert::folder).toList(), folder.resolve("m"), merge)
                        .folder(),
                Merge.checkpoints(expected, folder.resolve("expected-m"), merge).folder());
    }

    @Test
    void aReportOfManyIsThatOfOne() throws IOException {
        var others = Files.writeString(folder.resolve("others.jsonl"), """
                {"task": "choice", "prompt": "Compute 6 + 5 =", "choices": [" 11", " 12", " seven"], "gold": 0}
                {"task": "choice", "prompt": "Compute 2 + 5 =", "choices": [" 11", " 7"], "gold": 1}
                {"task": "text", "text": "Compute 6 + 5 = 11"}
                """);
        var tasks = List.of(TinyWork.DEMO.resolve("data").resolve("math.eval.jsonl"), others);
        var options = EvaluationOptions.defaults().withMaxItemsPerTask(30).withMaxNewTokens(6);
        var report = cluster(Mortal::diesOnce).evaluate(
                new EvaluationJob(TinyWork.TEACHER, ImportOptions.STRICT, tasks, options, 3), part -> { });
        report.write(folder.resolve("many.json"));
        try (var model = OpenCheckpoint.open(TinyWork.TEACHER)) {
            Evaluator.of(model.checkpoint().load(), model.encoding()).evaluate("teacher-llama-1m",
                    TaskSet.read(tasks), options).write(folder.resolve("one.json"));
        }
        assertThat(folder.resolve("many.json")).hasSameBinaryContentAs(folder.resolve("one.json"));
    }

    @Test
    void saysWhatAPartFailedOf() throws IOException {
        var job = work().capture("store", 20, 2);
        assertThatThrownBy(() -> cluster(Mortal::alwaysDies).capture(job, part -> { }))
                .isInstanceOf(SparkWorkException.class).hasMessageContaining("died again of")
                .hasMessageContaining("the same command goes on").hasMessageNotContaining("\tat ");
        assertThat(job.out()).doesNotExist();
    }

    @Test
    void leavesWhatIsThereAlone() throws IOException {
        var there = Files.writeString(folder.resolve("there"), "kept");
        var student = work().student();
        var store = captured(work().capture("", 20, 1));
        var cluster = cluster(PartJson::run);
        assertThatThrownBy(() -> cluster.capture(work().capture("there", 20, 2), part -> { }))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> cluster.align(work().alignment("there", student, 2), part -> { }))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> cluster.train(new ExpertsJob(student, List.of(work().expert("there", store, 1)), false,
                1), part -> { })).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(there).hasContent("kept");
    }

    private static void requireSameFolder(Path actual, Path expected) throws IOException {
        try (var files = Files.list(expected)) {
            var names = files.map(file -> file.getFileName().toString()).toList();
            assertThat(names).contains("config.json", "model.safetensors");
            for (var name : names) {
                assertThat(actual.resolve(name)).hasSameBinaryContentAs(expected.resolve(name));
            }
        }
    }
}
