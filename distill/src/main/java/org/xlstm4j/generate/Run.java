package org.xlstm4j.generate;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.model.Decoding;
import org.xlstm4j.model.Inference;

/** Answers that are decoded together, a row each, step by step. */
final class Run implements AutoCloseable {
    private final Inference inference;
    private final Sampler sampler;
    private final int most;
    private final float[] logits;
    private Decoding decoding;
    private List<Answer> rows;
    private int reads;

    /** Reads the prompts, an answer each. */
    Run(Inference inference, List<Prepared> prompts, List<Answer> answers, GenerationOptions options) {
        this.inference = inference;
        this.most = options.maxNewTokens();
        this.decoding = Prepared.begin(inference, prompts, most);
        this.rows = answers;
        int vocabSize = (int) decoding.logits().size(1);
        this.sampler = new Sampler(options, vocabSize);
        this.logits = new float[vocabSize];
    }

    /** Adds a token to every answer that is open; false once none is. */
    boolean step(TokenListener listener) {
        for (int row = 0; row < rows.size(); row++) {
            var answer = rows.get(row);
            if (answer.isOpen()) {
                read(decoding.logits(), row);
                if (!listener.onToken(answer.next(sampler, logits))) {
                    answer.cancel();
                }
            }
        }
        var open = IntStream.range(0, rows.size()).filter(row -> rows.get(row).isOpen()).toArray();
        if (open.length == 0) {
            return false;
        }
        if (2 * open.length <= rows.size()) {
            keep(open);
        }
        decoding.read(rows.stream().mapToInt(Answer::latest).toArray());
        reads++;
        return true;
    }

    /** Goes on with some rows alone: a copy of their state costs less than decoding the others on. */
    private void keep(int[] open) {
        var all = decoding;
        decoding = inference.resume(all.snapshot().rows(open), Collections.nCopies(open.length, new int[0]),
                most - reads);
        all.close();
        rows = IntStream.of(open).mapToObj(rows::get).toList();
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

    /** How many tokens of an open answer were read. */
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
