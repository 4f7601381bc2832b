package org.xlstm4j.distill.targets;

import java.util.stream.IntStream;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.model.CausalLm;

/** What a teacher in memory says of a batch: the targets of a store without one, and without its rounding. */
public final class TeacherTargets {
    private final TeacherPass pass;
    private final int vocabSize;
    private final int time;
    private final int topK;
    private final ThreadLocal<TopK> selections;
    private float[] room = new float[0];

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
        this.time = time;
        this.topK = topK;
        this.pass = new TeacherPass(teacher, time);
        this.selections = ThreadLocal.withInitial(() -> new TopK(topK));
    }

    /** Ids a token. */
    public int topK() {
        return topK;
    }

    /** Tokens a row. */
    public int time() {
        return time;
    }

    /** The batch with the teacher's targets, the tail's too, from one pass. For one thread at a time. */
    public TargetBatch of(PackedBatch batch) {
        int tokens = batch.ids().length;
        var targets = new TargetBatch(batch, new int[tokens * topK], new float[tokens * topK], new float[tokens]);
        if (room.length < pass.partElements(tokens)) {
            room = new float[pass.partElements(tokens)];
        }
        pass.run(batch.tokenBatch(), () -> room, (from, count, logits) -> IntStream.range(0, count).parallel()
                .forEach(i -> select(logits, i, targets, from + i)));
        return targets;
    }

    private void select(float[] logits, int row, TargetBatch targets, int token) {
        if (targets.tokens().segments()[token] == 0) {
            targets.fillPadding(token);
        } else {
            selections.get().select(logits, row * vocabSize, vocabSize, targets, token);
        }
    }
}
