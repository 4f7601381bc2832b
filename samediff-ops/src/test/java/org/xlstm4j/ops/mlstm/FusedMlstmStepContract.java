package org.xlstm4j.ops.mlstm;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;

/** A step of the mLSTM in one of its fused forms. */
abstract class FusedMlstmStepContract extends MlstmStepContract {
    /** The form under test. */
    protected abstract Form form();

    @Override
    protected MlstmOutput build(MlstmSpec spec, SDVariable query, SDVariable key, SDVariable value,
                                SDVariable inputGate, SDVariable forgetGate, MlstmState state) {
        return Form.with(form(), () -> {
            int heads = spec.heads();
            var output = Mlstm.step(spec, new MlstmInputs(query.reshape(-1, (long) heads * spec.keyDim()),
                    key.reshape(-1, (long) heads * spec.keyDim()), value.reshape(-1, (long) heads * spec.valueDim()),
                    inputGate, forgetGate, null, state));
            return new MlstmOutput(output.hidden().reshape(-1, heads, spec.valueDim()), output.state());
        });
    }

    @Override
    protected List<DataType> dataTypes() {
        return List.of(DataType.FLOAT);
    }
}
