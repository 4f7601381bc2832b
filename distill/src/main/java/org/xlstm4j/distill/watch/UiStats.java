package org.xlstm4j.distill.watch;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.deeplearning4j.core.util.UIDProvider;
import org.deeplearning4j.ui.model.stats.BaseStatsListener;
import org.deeplearning4j.ui.model.stats.impl.SbeStatsInitializationReport;
import org.deeplearning4j.ui.model.stats.impl.SbeStatsReport;
import org.deeplearning4j.ui.model.storage.impl.SbeStorageMetaData;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.distill.align.AlignmentListener;
import org.xlstm4j.distill.align.AlignmentProgress;
import org.xlstm4j.distill.train.HeldOutLoss;
import org.xlstm4j.distill.train.TrainingListener;
import org.xlstm4j.distill.train.TrainingProgress;
import org.xlstm4j.model.CausalLm;

/**
 * How training went, for DL4J's training UI: reports as DL4J's own {@code StatsListener} makes them, into any of its
 * storages. Stage II is one worker, {@code student}, with score, learning rate, speed and memory; what is measured on
 * held-out rows has a session of its own, of the same name and {@code held-out}, whose score is the KL. Stage I is a
 * worker a layer, {@code layer 0} and so on. What the UI calls examples are tokens. Its page of the model stays empty:
 * the student is no DL4J net.
 *
 * <p>It needs deeplearning4j-ui-model on the class path, which this module leaves to its user, and org.agrona:agrona,
 * which deeplearning4j-ui-model 1.0.0-M2.1 does not bring itself.
 */
public final class UiStats implements TrainingListener, AlignmentListener {
    private static final String STUDENT = "student";

    private final StatsStorageRouter storage;
    private final String session;
    private final CausalLm student;
    private final Map<Worker, Long> times = new HashMap<>();
    private long start;
    private long steps;
    private Reading last;

    /** Who reports. */
    private record Worker(String session, String name) {
    }

    /** What had been trained at a time. */
    private record Reading(long nanos, long tokens) {
    }

    /**
     * @param storage where reports go: DL4J's in memory or in a file, or a remote UI
     * @param session what the UI calls this training; training that is gone on with may go on with its session, in
     *                which steps that are done again stand twice
     * @param student what is trained
     */
    public UiStats(StatsStorageRouter storage, String session, CausalLm student) {
        this.storage = Objects.requireNonNull(storage, "storage");
        this.session = Objects.requireNonNull(session, "session");
        this.student = student;
    }

    @Override
    public void stepDone(TrainingProgress progress) {
        var now = reading(progress.tokens());
        var report = report(new Worker(session, STUDENT), progress.step(), progress.loss(), now);
        report.reportLearningRates(Map.of(STUDENT, progress.learningRate()));
        storage.putUpdate(report);
        last = now;
    }

    @Override
    public void stepDone(AlignmentProgress progress) {
        var now = reading(progress.tokens());
        for (int layer = 0; layer < progress.losses().size(); layer++) {
            storage.putUpdate(report(new Worker(session, "layer " + layer), progress.step(),
                    progress.losses().get(layer), now));
        }
        last = now;
    }

    @Override
    public void evaluated(HeldOutLoss loss) {
        storage.putUpdate(report(new Worker(session + " held-out", STUDENT), loss.step(), loss.kl(), null));
    }

    @Override
    public void checkpointing(int step) {
        // The UI has no place for it.
    }

    @Override
    public void resumed(int step) {
        // Speed counts from the first step on that is done here.
        last = null;
    }

    private Reading reading(long tokens) {
        var now = new Reading(System.nanoTime(), tokens);
        if (last == null) {
            start = now.nanos();
            steps = 0;
        } else {
            steps++;
        }
        return now;
    }

    /** @param now null for a report without speed */
    private SbeStatsReport report(Worker worker, int step, double score, Reading now) {
        var report = new SbeStatsReport();
        report.reportIDs(worker.session(), BaseStatsListener.TYPE_ID, worker.name(), time(worker));
        report.reportIterationCount(step);
        report.reportScore(score);
        var runtime = Runtime.getRuntime();
        report.reportMemoryUse(runtime.totalMemory(), runtime.maxMemory(), Pointer.totalBytes(), Pointer.maxBytes(),
                null, null);
        if (now != null && last != null) {
            double seconds = (now.nanos() - last.nanos()) / 1e9;
            report.reportPerformance((now.nanos() - start) / 1_000_000, now.tokens(), steps,
                    (now.tokens() - last.tokens()) / seconds, 1 / seconds);
        }
        return report;
    }

    /** The time of a worker's next report; storages know reports by it, so that no two may have the same. */
    private long time(Worker worker) {
        if (!times.containsKey(worker)) {
            times.put(worker, introduce(worker));
        }
        return times.compute(worker, (same, before) -> Math.max(before + 1, System.currentTimeMillis()));
    }

    private long introduce(Worker worker) {
        long time = System.currentTimeMillis();
        storage.putStorageMetaData(new SbeStorageMetaData(time, worker.session(), BaseStatsListener.TYPE_ID,
                worker.name(), SbeStatsInitializationReport.class, SbeStatsReport.class));
        var report = new SbeStatsInitializationReport();
        report.reportIDs(worker.session(), BaseStatsListener.TYPE_ID, worker.name(), time);
        var system = ManagementFactory.getOperatingSystemMXBean();
        var runtime = ManagementFactory.getRuntimeMXBean();
        report.reportSoftwareInfo(system.getArch(), system.getName(), runtime.getVmName(),
                System.getProperty("java.version"), runtime.getSpecVersion(),
                Nd4j.getBackend().getClass().getName(), Nd4j.dataType().name(), "", UIDProvider.getJVMUID(), Map.of());
        report.reportHardwareInfo(Runtime.getRuntime().availableProcessors(), 0, Runtime.getRuntime().maxMemory(),
                Pointer.maxBytes(), null, null, UIDProvider.getHardwareUID());
        report.reportModelInfo(CausalLm.class.getName(), "{}",
                student.parameters().keySet().toArray(String[]::new), student.config().layers(),
                student.parameterCount());
        storage.putStaticInfo(report);
        return time;
    }
}
