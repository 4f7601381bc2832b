package org.xlstm4j.ops.hybrid;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.testing.FusedOps;

class CpuHybridTest extends HybridContract {
    @Override
    protected Form form() {
        return Form.CPU;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    @Test
    void isSound() {
        var spec = new HybridSpec(4, 2, 70, headDim(), 20, 3, 16);
        FusedOps.assertSound(graph(spec, given(spec, 11), null), List.of("x", "query", "queryFeatures"));
    }

    @Test
    void extendingIsSound() {
        var spec = new HybridSpec(4, 2, 70, headDim(), 20, 3, 16);
        FusedOps.assertSound(extension(spec, new RingBuffer(3, 20), given(spec, 12), new int[] {0, 41},
                new int[] {70, 9}), List.of());
        FusedOps.assertSound(extension(spec, new RingBuffer(3, 20), given(spec, 13), new int[] {1, 5},
                new int[] {0, 1}), List.of());
    }
}
