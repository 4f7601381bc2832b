package org.xlstm4j.ops.mlstm;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.OnGpu;

@OnGpu
class CudaMlstmTest extends MlstmSequenceContract {
    @Override
    protected MlstmOutput build(MlstmSpec spec, MlstmInputs inputs) {
        return Form.with(Form.CUDA, () -> RowsByHead.chunkwise(spec, inputs));
    }

    @Override
    protected List<DataType> dataTypes() {
        return List.of(DataType.FLOAT);
    }

    @Test
    void isSound() {
        for (var read : MlstmSpec.Read.values()) {
            var given = MlstmCase.random(spec(read, 150), 3, 41).withRandomInitial(42).withRandomStateUpstream(43);
            FusedOps.assertSound(graph(given, DataType.FLOAT), given.differentiated());
        }
    }

    @ParameterizedTest
    @CsvSource({"16, 32", "64, 64", "128, 128", "80, 48", "33, 130"})
    void matchesRecurrenceAtEveryWidth(int keyDim, int valueDim) {
        assertMatchesOracle(MlstmCase.positive(MlstmSpec.normalized(2, 150, keyDim, valueDim), 2, 44)
                .withRandomInitial(45).withRandomStateUpstream(46));
    }
}
