package org.xlstm4j.distill.targets;

import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.linear.Linear;

/**
 * A model's logits, some tokens at a time: those of a batch at once are 4 GB for 8,192 tokens and 128,256 words. For one
 * thread.
 */
public final class HeadLogits {
    /** Logits at a time, 32 MB. */
    private static final int PART_ELEMENTS = 1 << 23;
    private static final String LAST = "last";

    private final LmGraph graph;
    private final int vocabSize;
    private final SameDiff head = SameDiff.create();
    private final SDVariable logits;

    /** The logits of {@code model} on batches of {@code time} tokens a row. */
    public HeadLogits(CausalLm model, int time) {
        this.graph = LmGraph.of(model, time, name -> false);
        this.vocabSize = model.config().vocabSize();
        var placeholder = head.placeHolder(LAST, DataType.FLOAT, -1, model.config().hiddenSize());
        this.logits = Linear.apply(placeholder, head.constant("head", graph.head().getArr()));
    }

    /** The most tokens whose logits come at a time of a batch of so many. */
    public int partTokens(int tokens) {
        return Math.max(1, Math.min(tokens, PART_ELEMENTS / vocabSize));
    }

    /** The most logits that come at a time of a batch of so many tokens. */
    public int partElements(int tokens) {
        return partTokens(tokens) * vocabSize;
    }

    /** Gives a batch's logits part by part. */
    @FunctionalInterface
    public interface Parts {

        /**
         * Fills {@code room} with the logits after {@code count} tokens of the batch, row after row, from token
         * {@code from} on.
         */
        void read(int from, int count, float[] room);
    }

    /** Runs the model over a batch, but for its head, which runs over the parts that are asked for. */
    public Parts of(TokenBatch batch) {
        var last = graph.output(batch, List.of(graph.last())).get(graph.last().name());
        return (from, count, room) -> head(last, from, count, room);
    }

    private void head(INDArray last, int from, int count, float[] room) {
        PlannedSession.use(head);
        var rows = last.get(NDArrayIndex.interval(from, from + count), NDArrayIndex.all()).dup('c');
        var output = head.output(Map.of(LAST, rows), logits.name());
        copy(output.get(logits.name()), room);
        PlannedSession.recycle(head, output);
    }

    private static void copy(INDArray logits, float[] room) {
        int length = Math.toIntExact(logits.length());
        if (isOnCpu() && logits.ordering() == 'c' && !logits.isView()) {
            // A buffer's own way out of it goes through each element.
            try (var pointer = new FloatPointer(logits.data().addressPointer())) {
                pointer.get(room, 0, length);
            }
        } else {
            System.arraycopy(logits.dup('c').data().asFloat(), 0, room, 0, length);
        }
    }

    private static boolean isOnCpu() {
        return Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU;
    }
}
