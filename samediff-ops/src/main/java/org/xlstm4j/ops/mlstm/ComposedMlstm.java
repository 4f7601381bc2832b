package org.xlstm4j.ops.mlstm;

import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.heads.Heads;

/** The forms out of stock SameDiff ops, which have the heads on an axis of their own. */
final class ComposedMlstm {

    private ComposedMlstm() {
    }

    static SDVariable parallel(MlstmSpec spec, MlstmInputs inputs) {
        return rows(spec, new ParallelMlstm(spec, inputs.byHead(spec)).hidden());
    }

    static SDVariable chunkwise(MlstmSpec spec, MlstmInputs inputs) {
        return rows(spec, new ChunkwiseMlstm(spec, inputs.byHead(spec)).hidden());
    }

    static MlstmOutput chunkwiseWithState(MlstmSpec spec, MlstmInputs inputs) {
        var chunkwise = new ChunkwiseMlstm(spec, inputs.byHead(spec));
        return new MlstmOutput(rows(spec, chunkwise.hidden()), chunkwise.finalState());
    }

    static MlstmOutput step(MlstmSpec spec, MlstmInputs inputs) {
        int heads = spec.heads();
        var output = MlstmStep.run(spec, inputs.query().reshape(-1, heads, spec.keyDim()),
                inputs.key().reshape(-1, heads, spec.keyDim()), inputs.value().reshape(-1, heads, spec.valueDim()),
                inputs.inputGate(), inputs.forgetGate(), inputs.initial());
        return new MlstmOutput(output.hidden().reshape(-1, (long) heads * spec.valueDim()), output.state());
    }

    private static SDVariable rows(MlstmSpec spec, SDVariable hidden) {
        return new Heads(spec.heads(), spec.time(), spec.valueDim()).join(hidden);
    }
}
