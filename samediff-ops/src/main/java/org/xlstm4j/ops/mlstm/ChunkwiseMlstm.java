package org.xlstm4j.ops.mlstm;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The mLSTM chunk by chunk, out of stock SameDiff ops. The memories at the chunks' borders come first, from the
 * chunks' own contributions ({@link ChunkStates}); then every chunk is a {@link ParallelMlstm} with its memory as
 * initial state, all chunks in one batch. The number of ops does not depend on the length. What a whole number of
 * chunks leaves over is a shorter chunk of its own.
 */
final class ChunkwiseMlstm {
    private final MlstmSpec spec;
    private final MlstmInputs in;
    private final SameDiff sd;
    private final int chunks;
    private final ChunkStates states;
    private final ParallelMlstm tail;

    ChunkwiseMlstm(MlstmSpec spec, MlstmInputs in) {
        this.spec = spec;
        this.in = in;
        this.sd = in.query().getSameDiff();
        // A single chunk has no border inside: it is the parallel form.
        this.chunks = spec.time() > spec.chunkSize() ? spec.time() / spec.chunkSize() : 0;
        this.states = chunks == 0 ? null : new ChunkStates(spec, chunks, folded(), in.initial());
        this.tail = chunks * spec.chunkSize() == spec.time() ? null : tail();
    }

    SDVariable hidden() {
        if (states == null) {
            return tail.hidden();
        }
        int size = spec.chunkSize();
        var body = new ParallelMlstm(spec.withTime(size), folded().withInitial(states.atStarts()), states.owners())
                .hidden()
                .reshape(-1, chunks, spec.heads(), (long) size * spec.valueDim())
                .permute(0, 2, 1, 3)
                .reshape(-1, spec.heads(), chunks * size, spec.valueDim());
        return tail == null ? body : sd.concat(2, body, tail.hidden());
    }

    MlstmState finalState() {
        return tail == null ? states.atEnd() : tail.finalState();
    }

    private ParallelMlstm tail() {
        int from = chunks * spec.chunkSize();
        int length = spec.time() - from;
        if (from == 0) {
            return new ParallelMlstm(spec, in);
        }
        var inputs = steps(from, length).withInitial(states.atEnd());
        return new ParallelMlstm(spec.withTime(length), inputs, states.endOwner());
    }

    /** All whole chunks as one batch: [batch · chunks, heads, chunkSize, …], without an initial memory. */
    private MlstmInputs folded() {
        var body = steps(0, chunks * spec.chunkSize());
        return new MlstmInputs(
                fold(body.query(), spec.keyDim()), fold(body.key(), spec.keyDim()),
                fold(body.value(), spec.valueDim()),
                fold(body.inputGate(), 1).reshape(-1, spec.heads(), spec.chunkSize()),
                fold(body.forgetGate(), 1).reshape(-1, spec.heads(), spec.chunkSize()),
                body.segments() == null ? null : body.segments().reshape(-1, spec.chunkSize()), null);
    }

    private SDVariable fold(SDVariable x, int width) {
        return x.reshape(-1, spec.heads(), chunks, (long) spec.chunkSize() * width)
                .permute(0, 2, 1, 3)
                .reshape(-1, spec.heads(), spec.chunkSize(), width);
    }

    private MlstmInputs steps(int from, int length) {
        if (from == 0 && length == spec.time()) {
            return in;
        }
        int heads = spec.heads();
        var begin = new int[] {0, 0, from, 0};
        return new MlstmInputs(
                sd.slice(in.query(), begin, -1, heads, length, spec.keyDim()),
                sd.slice(in.key(), begin, -1, heads, length, spec.keyDim()),
                sd.slice(in.value(), begin, -1, heads, length, spec.valueDim()),
                sd.slice(in.inputGate(), new int[] {0, 0, from}, -1, heads, length),
                sd.slice(in.forgetGate(), new int[] {0, 0, from}, -1, heads, length),
                in.segments() == null ? null : sd.slice(in.segments(), new int[] {0, from}, -1, length), null);
    }
}
