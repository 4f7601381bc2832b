package org.xlstm4j.bench;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.mlstm.Mlstm;
import org.xlstm4j.ops.mlstm.MlstmInputs;
import org.xlstm4j.ops.mlstm.MlstmSpec;

/**
 * The mLSTM over softmax features. Work is that of the chunkwise form's products, whole tiles of its chunks; other
 * forms do more to the same end.
 *
 * @param parallel all pairs of time steps at once rather than chunk by chunk; there is no fused form of it
 */
record MlstmCase(Heads heads, int time, boolean parallel) implements OperatorCase {
    private static final int COMPOSED_AT_MOST = 2048;
    /** Products of a chunk, half of them over pairs of steps and half with the memory. */
    private static final double PRODUCTS = 4;
    /** With those of the backward pass, which computes scores and memories again. */
    private static final double PRODUCTS_OF_TRAINING = 14;

    @Override
    public String operator() {
        return parallel ? "mlstm-parallel" : "mlstm";
    }

    @Override
    public String shape() {
        return heads.shape(time);
    }

    @Override
    public long tokens() {
        return (long) heads.batch() * time;
    }

    @Override
    public boolean isComposable() {
        return time <= COMPOSED_AT_MOST;
    }

    @Override
    public Work work(Direction direction) {
        var bytes = Work.of(direction, 0, 3 * heads.floats(time) + 2.0 * heads.batch() * heads.count() * time, heads.floats(time));
        return new Work(flops(heads, time) * (direction == Direction.FORWARD ? 1 : PRODUCTS_OF_TRAINING / PRODUCTS),
                bytes.bytes());
    }

    /** Of the chunkwise form's products, forward: Q Kᵀ and P V over a chunk, Q S and Kᵀ V with its memory. */
    static double flops(Heads heads, int time) {
        int dim = heads.dim();
        return 2.0 * heads.batch() * heads.count() * time * dim * (2 * MlstmSpec.DEFAULT_CHUNK_SIZE + 2 * dim);
    }

    @Override
    public List<SDVariable> outputs(GraphInputs in) {
        var spec = MlstmSpec.normalized(heads.count(), time, heads.dim(), heads.dim());
        var inputs = new MlstmInputs(in.features("query", heads.sequence(time)),
                in.features("key", heads.sequence(time)), in.variable("value", heads.sequence(time)),
                in.variable("inputGate", heads.gates(time)), in.variable("forgetGate", heads.gates(time)));
        return List.of(parallel ? Mlstm.parallel(spec, inputs) : Mlstm.chunkwise(spec, inputs));
    }
}
