package org.xlstm4j.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.xlstm4j.distill.evaluate.Evaluator;
import org.xlstm4j.distill.evaluate.ItemResult;
import org.xlstm4j.distill.evaluate.TaskSet;

/**
 * Some of an evaluation's items, as the groups that a model is given at once.
 *
 * @param first the first group, counted from 0
 * @param end   the one after the last
 */
record ItemsPart(EvaluationJob job, int first, int end) implements Part {

    /** What the model made of the items. */
    record Judged(List<ItemResult> items) {
    }

    @Override
    public Judged run() throws IOException {
        try (var model = OpenCheckpoint.open(job.model())) {
            var evaluator = Evaluator.of(model.checkpoint().load(job.imported()), model.encoding());
            var groups = evaluator.plan(TaskSet.read(job.tasks()), job.options()).groups();
            var results = new ArrayList<ItemResult>();
            for (var group : groups.subList(first, end)) {
                results.addAll(evaluator.judge(group, job.options()));
            }
            return new Judged(results);
        }
    }

    @Override
    public String name() {
        return "groups " + first + " to " + (end - 1);
    }
}
