package org.xlstm4j.ops.slstm;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;

class ComposedSlstmTest extends SlstmContract {
    @Override
    protected SlstmOutput build(SlstmSpec spec, SlstmInputs inputs) {
        return Form.with(Form.COMPOSED, () -> Slstm.withState(spec, inputs));
    }

    @Override
    protected List<DataType> dataTypes() {
        return List.of(DataType.DOUBLE, DataType.FLOAT);
    }
}
