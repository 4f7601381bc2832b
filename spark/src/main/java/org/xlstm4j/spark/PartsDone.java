package org.xlstm4j.spark;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Tells how many tasks of one group's jobs have succeeded. */
final class PartsDone extends SparkListener {
    private static final String GROUP = "spark.jobGroup.id";

    private final String group;
    private final IntConsumer told;
    private final Set<Integer> stages = ConcurrentHashMap.newKeySet();
    private final AtomicInteger done = new AtomicInteger();

    PartsDone(String group, IntConsumer told) {
        this.group = group;
        this.told = told;
    }

    @Override
    public void onJobStart(SparkListenerJobStart start) {
        if (group.equals(start.properties().getProperty(GROUP))) {
            start.stageInfos().foreach(stage -> stages.add(stage.stageId()));
        }
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        if (stages.contains(end.stageId()) && end.taskInfo().successful()) {
            told.accept(done.incrementAndGet());
        }
    }
}
