package org.xlstm4j.distill.train;

import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.loss.HeadLossSpec;

/** A student as one graph, whose activations are all kept for its gradients. */
final class WholeStudent implements StudentLoss {
    private final LmGraph lm;
    private final Head head;
    private final LossGraph graph;

    WholeStudent(CausalLm student, int time, HeadLossSpec spec, DistillationOptions options,
                 List<String> differentiated) {
        this.lm = LmGraph.of(student, time, differentiated::contains, options.activations());
        this.head = Head.of(lm.sameDiff(), lm.last(), lm.head(), spec, options);
        this.graph = new LossGraph(head.loss(), differentiated);
    }

    private static Map<String, INDArray> feed(TokenBatch batch, Map<String, INDArray> targets) {
        var feed = LmGraph.feed(batch);
        feed.putAll(targets);
        return feed;
    }

    @Override
    public LossGraph.Result run(TokenBatch batch, Map<String, INDArray> targets) {
        return graph.run(feed(batch, targets));
    }

    @Override
    public void recycle(LossGraph.Result result) {
        graph.recycle(result);
    }

    @Override
    public TokenLosses losses(TokenBatch batch, Map<String, INDArray> targets) {
        PlannedSession.use(lm.sameDiff());
        return head.of(lm.sameDiff().output(feed(batch, targets), head.names()));
    }

    @Override
    public void close() {
        graph.close();
    }
}
