package org.xlstm4j.ops.mlstm;

import org.nd4j.autodiff.samediff.SDVariable;

class ComposedMlstmStepTest extends MlstmStepContract {
    @Override
    protected MlstmOutput build(MlstmSpec spec, SDVariable query, SDVariable key, SDVariable value,
                                SDVariable inputGate, SDVariable forgetGate, MlstmState state) {
        return MlstmStep.run(spec, query, key, value, inputGate, forgetGate, state);
    }
}
