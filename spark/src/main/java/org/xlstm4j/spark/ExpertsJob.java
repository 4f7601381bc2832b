package org.xlstm4j.spark;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.xlstm4j.distill.train.DistillationOptions;

/**
 * Stage II of several experts from one start, each a part of its own. All lies at paths that all machines see.
 *
 * @param start      the student's folder that every expert begins with
 * @param experts    the experts
 * @param anyTeacher whether targets may come from another teacher than the student does
 * @param saveEvery  steps between the checkpoints from which an expert whose machine was lost is gone on with
 */
public record ExpertsJob(Path start, List<Expert> experts, boolean anyTeacher, int saveEvery) {
    public ExpertsJob {
        start = start.toAbsolutePath().normalize();
        experts = List.copyOf(experts);
        SparkDistillation.requireSteps(saveEvery);
        var folders = new HashSet<Path>();
        var twice = new ArrayList<Path>();
        experts.stream().map(Expert::out).filter(out -> !folders.add(out)).forEach(twice::add);
        if (experts.isEmpty() || !twice.isEmpty()) {
            throw new IllegalArgumentException(experts.isEmpty() ? "there are no experts to train"
                    : "two experts have the same folder: " + twice);
        }
    }

    /**
     * An expert.
     *
     * @param targets its store
     * @param options its training's settings
     * @param out     its folder, to create; checkpoints lie beside it
     */
    public record Expert(Path targets, DistillationOptions options, Path out) {
        public Expert {
            targets = targets.toAbsolutePath().normalize();
            out = out.toAbsolutePath().normalize();
            PartJson.requireTravels(options.optimizer().schedule());
        }
    }
}
