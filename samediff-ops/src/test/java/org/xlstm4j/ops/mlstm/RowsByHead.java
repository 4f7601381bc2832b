package org.xlstm4j.ops.mlstm;

import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.heads.Heads;

/** The facade, which takes rows of tokens, for arrays with the heads on an axis of their own. */
final class RowsByHead {

    private RowsByHead() {
    }

    static MlstmOutput chunkwise(MlstmSpec spec, MlstmInputs in) {
        var output = Mlstm.chunkwiseWithState(spec, rows(spec, in));
        return new MlstmOutput(new Heads(spec.heads(), spec.time(), spec.valueDim()).split(output.hidden()),
                output.state());
    }

    /** [batch, heads, time, …] as rows. */
    static MlstmInputs rows(MlstmSpec spec, MlstmInputs in) {
        var keys = new Heads(spec.heads(), spec.time(), spec.keyDim());
        var values = new Heads(spec.heads(), spec.time(), spec.valueDim());
        return new MlstmInputs(keys.join(in.query()), keys.join(in.key()), values.join(in.value()),
                rows(spec, in.inputGate()), rows(spec, in.forgetGate()), in.segments(), in.initial());
    }

    private static SDVariable rows(MlstmSpec spec, SDVariable gate) {
        return gate.permute(0, 2, 1).reshape(-1, spec.heads());
    }
}
