package org.xlstm4j.generate;

import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.model.Decoding;

/** Answers that are decoded together, a row each, step by step. */
final class Run implements AutoCloseable {
    private final Decoding decoding;
    private final List<Answer> answers;
    private final Sampler sampler;
    private final int[] latest;
    private final float[] logits;
    private int reads;

    /** @param decoding closed with this */
    Run(Decoding decoding, List<Answer> answers, GenerationOptions options) {
        int vocabSize = (int) decoding.logits().size(1);
        this.decoding = decoding;
        this.answers = answers;
        this.sampler = new Sampler(options, vocabSize);
        this.latest = new int[answers.size()];
        this.logits = new float[vocabSize];
    }

    /** Adds a token to every answer that is open; false once none is. */
    boolean step(TokenListener listener) {
        boolean open = false;
        for (int row = 0; row < latest.length; row++) {
            var answer = answers.get(row);
            if (answer.isOpen()) {
                read(decoding.logits(), row);
                var token = answer.next(sampler, logits);
                latest[row] = token.id();
                if (!listener.onToken(token)) {
                    answer.cancel();
                }
                open |= answer.isOpen();
            }
        }
        if (open) {
            decoding.read(latest);
            reads++;
        }
        return open;
    }

    private void read(INDArray all, int row) {
        if (Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU && all.ordering() == 'c' && !all.isView()) {
            // A buffer's own way out of it goes through each element.
            try (var pointer = new FloatPointer(all.data().addressPointer())) {
                pointer.position((long) row * logits.length).get(logits, 0, logits.length);
            }
        } else {
            System.arraycopy(all.getRow(row).dup('c').data().asFloat(), 0, logits, 0, logits.length);
        }
    }

    /** How many tokens of the answers were read. */
    int reads() {
        return reads;
    }

    Decoding decoding() {
        return decoding;
    }

    @Override
    public void close() {
        decoding.close();
    }
}
