package org.xlstm4j.ops.mlstm;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;

class CpuMlstmTest extends MlstmSequenceContract {
    @Override
    protected MlstmOutput build(MlstmSpec spec, MlstmInputs inputs) {
        return Form.with(Form.CPU, () -> RowsByHead.chunkwise(spec, inputs));
    }

    @Override
    protected List<DataType> dataTypes() {
        return List.of(DataType.FLOAT);
    }

    @Override
    protected List<Integer> chunkSizes(int time) {
        return Stream.of(1, 7, 16, 32, 64, time).distinct().toList();
    }

    @Test
    void isSound() {
        for (var read : MlstmSpec.Read.values()) {
            var given = MlstmCase.random(spec(read, 40), 3, 41).withRandomInitial(42).withRandomStateUpstream(43);
            FusedOps.assertSound(graph(given, DataType.FLOAT), given.differentiated());
        }
    }
}
