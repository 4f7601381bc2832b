package org.xlstm4j.distill.targets;

import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LmGraph;

/** What a teacher in memory says of a batch: the targets of a store without one. */
public final class TeacherTargets {
    /** Tokens whose logits are on the heap at once, a thread. */
    private static final int TOKENS = 32;

    private final LmGraph graph;
    private final int vocabSize;
    private final int topK;

    /**
     * @param teacher the model to ask
     * @param time    tokens a row
     * @param topK    ids a token
     */
    public TeacherTargets(CausalLm teacher, int time, int topK) {
        this.vocabSize = teacher.config().vocabSize();
        if (topK < 1 || topK > vocabSize) {
            throw new IllegalArgumentException("top_k " + topK + " does not fit a vocabulary of " + vocabSize);
        }
        this.topK = topK;
        this.graph = LmGraph.of(teacher, time, name -> false);
    }

    /** Ids a token. */
    public int topK() {
        return topK;
    }

    /** Tokens a row. */
    public int time() {
        return graph.time();
    }

    /** The batch with the teacher's targets, from one pass. */
    public TargetBatch of(PackedBatch batch) {
        var logits = graph.output(batch.tokenBatch(), List.of(graph.logits())).get(graph.logits().name());
        int tokens = batch.ids().length;
        var ids = new int[tokens * topK];
        var values = new float[ids.length];
        IntStream.range(0, (tokens + TOKENS - 1) / TOKENS).parallel()
                .forEach(block -> select(logits, TOKENS * block, Math.min(tokens, TOKENS * (block + 1)), ids, values));
        return new TargetBatch(batch, ids, values);
    }

    private void select(INDArray logits, int from, int to, int[] ids, float[] values) {
        var rows = logits.get(NDArrayIndex.interval(from, to), NDArrayIndex.all()).dup('c').data().asFloat();
        var selection = new TopK(topK);
        for (int token = from; token < to; token++) {
            selection.select(rows, (token - from) * vocabSize, vocabSize, ids, values, token * topK);
        }
    }
}
