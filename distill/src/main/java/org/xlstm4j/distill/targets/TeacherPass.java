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
 * A teacher's logits, some tokens at a time: those of a batch at once are 4 GB for 8,192 tokens and 128,256 words.
 */
final class TeacherPass {
    /** Logits at a time, 32 MB. */
    private static final int PART_ELEMENTS = 1 << 23;
    private static final String LAST = "last";

    private final LmGraph graph;
    private final int vocabSize;
    private final SameDiff head = SameDiff.create();
    private final SDVariable logits;

    TeacherPass(CausalLm teacher, int time) {
        this.graph = LmGraph.of(teacher, time, name -> false);
        this.vocabSize = teacher.config().vocabSize();
        var last = head.placeHolder(LAST, DataType.FLOAT, -1, teacher.config().hiddenSize());
        this.logits = Linear.apply(last, head.constant("head", graph.head().getArr()));
    }

    /** The most logits that come at a time of a batch of so many tokens. */
    int partElements(int tokens) {
        return partTokens(tokens) * vocabSize;
    }

    private int partTokens(int tokens) {
        return Math.max(1, Math.min(tokens, PART_ELEMENTS / vocabSize));
    }

    /**
     * Gives an array to fill, of at least as many elements as {@link #partElements} says.
     *
     * @param <E> what may keep it from that
     */
    @FunctionalInterface
    interface Room<E extends Exception> {
        float[] take() throws E;
    }

    /** Takes the logits of {@code count} tokens of the batch from {@code from} on. */
    @FunctionalInterface
    interface Part {
        void accept(int from, int count, float[] logits);
    }

    /** Runs the teacher over a batch, and its head part by part. */
    <E extends Exception> void run(TokenBatch batch, Room<E> rooms, Part part) throws E {
        var last = graph.output(batch, List.of(graph.last())).get(graph.last().name());
        int tokens = batch.batch() * batch.time();
        int step = partTokens(tokens);
        for (int from = 0; from < tokens; from += step) {
            int count = Math.min(step, tokens - from);
            var room = rooms.take();
            head(last.get(NDArrayIndex.interval(from, from + count), NDArrayIndex.all()), room);
            part.accept(from, count, room);
        }
    }

    private void head(INDArray last, float[] room) {
        PlannedSession.use(head);
        var output = head.output(Map.of(LAST, last.dup('c')), logits.name());
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
