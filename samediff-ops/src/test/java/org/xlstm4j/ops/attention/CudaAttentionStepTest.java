package org.xlstm4j.ops.attention;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.OnGpu;

@OnGpu
class CudaAttentionStepTest extends AttentionStepContract {
    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @Override
    protected List<DataType> dataTypes() {
        return List.of(DataType.FLOAT);
    }

    @Test
    void isSound() {
        var ring = new RingBuffer(4, 3000);
        var spec = spec(4, 2, 5, 3);
        var positions = IntStream.of(2, 500, 2999, 3010, 100_000).toArray();
        FusedOps.assertSound(graph(spec, ring, inputs(spec, ring, positions, 7), DataType.FLOAT), List.of());
    }
}
