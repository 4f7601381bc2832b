package org.xlstm4j.distill.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.deeplearning4j.core.storage.Persistable;
import org.deeplearning4j.ui.model.stats.StatsListener;
import org.deeplearning4j.ui.model.stats.impl.SbeStatsInitializationReport;
import org.deeplearning4j.ui.model.stats.impl.SbeStatsReport;
import org.deeplearning4j.ui.model.storage.InMemoryStatsStorage;
import org.junit.jupiter.api.Test;
import org.xlstm4j.distill.align.Alignment;
import org.xlstm4j.distill.align.AlignmentOptions;
import org.xlstm4j.distill.align.AlignmentProgress;
import org.xlstm4j.distill.targets.TeacherTargets;
import org.xlstm4j.distill.testing.TinyTraining;
import org.xlstm4j.distill.train.Distillation;
import org.xlstm4j.distill.train.DistillationOptions;
import org.xlstm4j.distill.train.HeldOutLoss;
import org.xlstm4j.distill.train.HeldOutOptions;
import org.xlstm4j.distill.train.TargetSource;
import org.xlstm4j.distill.train.TrainingListener;
import org.xlstm4j.distill.train.TrainingProgress;
import org.xlstm4j.distill.train.TrainingRun;

class UiStatsTest {
    private final InMemoryStatsStorage storage = new InMemoryStatsStorage();

    /** A worker's reports in order, each as a file or a remote UI would have it. */
    private List<SbeStatsReport> reports(String session, String worker) {
        return storage.getAllUpdatesAfter(session, StatsListener.TYPE_ID, worker, 0).stream()
                .map(report -> decode(report, new SbeStatsReport())).toList();
    }

    private static <T extends Persistable> T decode(Persistable report, T other) {
        other.decode(report.encode());
        return other;
    }

    @Test
    void stageTwoIsASessionAndWhatIsHeldOutAnother() throws Exception {
        var student = TinyTraining.student();
        var data = TinyTraining.data(5);
        var teacher = new TeacherTargets(TinyTraining.teacher(), TinyTraining.TIME, 3);
        var heldOut = new HeldOutOptions(List.of(teacher.of(TinyTraining.data(6).epoch(0).batch(0))), 2, 0);
        var steps = new ArrayList<TrainingProgress>();
        var losses = new ArrayList<HeldOutLoss>();
        var seen = new TrainingListener() {
            @Override
            public void stepDone(TrainingProgress progress) {
                steps.add(progress);
            }

            @Override
            public void evaluated(HeldOutLoss loss) {
                losses.add(loss);
            }
        };
        try (var source = TargetSource.of(teacher, 2, "data", data::stream)) {
            new Distillation(student, source, DistillationOptions.of(5, 2, 0.01, 1)).train(TrainingRun
                    .of(TrainingListener.all(List.of(seen, new UiStats(storage, "mine", student))))
                    .withHeldOut(heldOut));
        }
        assertThat(storage.listSessionIDs()).containsExactlyInAnyOrder("mine", "mine held-out");
        assertThat(storage.listTypeIDsForSession("mine")).containsExactly(StatsListener.TYPE_ID);
        var reports = reports("mine", "student");
        assertThat(reports).extracting(SbeStatsReport::getIterationCount).containsExactly(1, 2, 3, 4, 5);
        assertThat(reports).extracting(SbeStatsReport::getScore)
                .isEqualTo(steps.stream().map(TrainingProgress::loss).toList());
        assertThat(reports).extracting(report -> report.getLearningRates().get("student"))
                .usingElementComparator((a, b) -> Math.abs(a - b) <= 1e-6 * b ? 0 : 1)
                .isEqualTo(steps.stream().map(TrainingProgress::learningRate).toList());
        assertThat(reports).allSatisfy(report -> assertThat(report.getJvmCurrentBytes()).isPositive());
        assertThat(reports("mine held-out", "student")).extracting(SbeStatsReport::getScore).hasSize(2)
                .isEqualTo(losses.stream().map(HeldOutLoss::kl).toList());
    }

    @Test
    void theStudentIsIntroducedOnce() {
        var student = TinyTraining.student();
        var stats = new UiStats(storage, "mine", student);
        for (int step = 1; step <= 3; step++) {
            stats.stepDone(new TrainingProgress(step, 3, step, 1, 1e-3, 1));
        }
        var told = storage.getAllStaticInfos("mine", StatsListener.TYPE_ID);
        assertThat(told).hasSize(1);
        var report = decode(told.get(0), new SbeStatsInitializationReport());
        assertThat(report.getModelNumParams()).isEqualTo(student.parameterCount());
        assertThat(report.getModelNumLayers()).isEqualTo(2);
        assertThat(report.getModelParamNames()).hasSize(student.parameters().size());
        assertThat(report.getSwNd4jBackendClass()).isNotEmpty();
    }

    @Test
    void stageOneIsAWorkerALayer() {
        var student = TinyTraining.student();
        var data = TinyTraining.data(5).epoch(0);
        var steps = new ArrayList<AlignmentProgress>();
        var stats = new UiStats(storage, "mine", student);
        new Alignment(TinyTraining.teacher(), student, TinyTraining.TIME).train(AlignmentOptions.of(3, 0.02),
                Stream.of(0, 1, 2).map(data::batch).iterator(), progress -> {
                    steps.add(progress);
                    stats.stepDone(progress);
                });
        for (int i = 0; i < 2; i++) {
            int layer = i;
            assertThat(reports("mine", "layer " + layer)).extracting(SbeStatsReport::getScore).hasSize(3)
                    .isEqualTo(steps.stream().map(step -> step.losses().get(layer)).toList());
        }
    }

    @Test
    void speedIsOfTheStepsDoneHereAndNoReportReplacesAnother() throws InterruptedException {
        var stats = new UiStats(storage, "mine", TinyTraining.student());
        stats.resumed(100);
        for (int step = 101; step <= 140; step++) {
            stats.stepDone(new TrainingProgress(step, 200, 10_000L * step, 1, 1e-3, 1));
        }
        Thread.sleep(50);
        stats.stepDone(new TrainingProgress(141, 200, 1_410_000, Double.NaN, 1e-3, 1));
        var reports = reports("mine", "student");
        assertThat(reports).extracting(SbeStatsReport::getIterationCount).hasSize(41).startsWith(101).endsWith(141);
        assertThat(reports.get(0).hasPerformance()).isFalse();
        var last = reports.get(40);
        assertThat(last.getTotalMinibatches()).isEqualTo(40);
        assertThat(last.getTotalExamples()).isEqualTo(1_410_000);
        assertThat(last.getMinibatchesPerSecond()).isBetween(0.1, 20.0);
        assertThat(last.getExamplesPerSecond()).isCloseTo(10_000 * last.getMinibatchesPerSecond(), within(1.0));
        assertThat(last.getScore()).isNaN();
    }

    /** The other listeners, and training, do without DL4J's UI. */
    @Test
    void nobodyElseNeedsTheUi() throws Exception {
        var urls = new ArrayList<URL>();
        for (var entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (Stream.of("deeplearning4j-ui-model", "deeplearning4j-core", "agrona").noneMatch(entry::contains)) {
                urls.add(Path.of(entry).toUri().toURL());
            }
        }
        try (var loader = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            assertThatThrownBy(() -> loader.loadClass(InMemoryStatsStorage.class.getName()))
                    .isInstanceOf(ClassNotFoundException.class);
            for (var type : List.of(ScoreLog.class, StatsFile.class, Distillation.class, Alignment.class)) {
                var loaded = Class.forName(type.getName(), true, loader);
                assertThat(loaded.getDeclaredMethods()).isNotEmpty();
                assertThat(loaded.getDeclaredConstructors()).isNotEmpty();
            }
        }
    }
}
