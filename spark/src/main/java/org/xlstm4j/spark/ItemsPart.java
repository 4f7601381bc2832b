package org.xlstm4j.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.xlstm4j.distill.evaluate.Evaluator;
import org.xlstm4j.distill.evaluate.ItemResult;
import org.xlstm4j.distill.evaluate.TaskSet;
import org.xlstm4j.model.Inference;

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
        var calls = Evaluator.calls(TaskSet.read(job.tasks()), job.options());
        try (var model = OpenCheckpoint.open(job.model())) {
            var inference = new Inference(model.checkpoint().load(job.imported()));
            var evaluator = new Evaluator(inference::greedy, inference::logProbabilities, model.encoding());
            var results = new ArrayList<ItemResult>();
            for (var call : calls.subList(first, end)) {
                results.addAll(evaluator.judge(call, job.options()));
            }
            return new Judged(results);
        }
    }

    @Override
    public String name() {
        return "groups " + first + " to " + (end - 1);
    }
}
